"""Bytes to text, exactly once and without altering a character.

For every result ``data.decode(encoding) == text`` holds, byte order marks and
newlines included, so anybody can repeat the step.
"""

from __future__ import annotations

import codecs
import re

_SNIFF = 8192
"""Bytes looked at to tell a binary file, as git does."""
_DETECT = 256 * 1024
"""Bytes given to the detector; the whole file must decode all the same."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x7f]")
"""Characters that no UTF-16 text holds, and that binary data read as such soon does."""
_FEW_ACCENTS, _SHORT = 0.1, 64
_WESTERN = frozenset(
    ("Unknown", "English", "French", "German", "Spanish", "Portuguese", "Italian", "Dutch",
     "Swedish", "Danish", "Norwegian", "Finnish", "Catalan", "Irish", "Indonesian")
)  # fmt: skip
_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FORMATS = {
    b"%PDF-": "PDF",
    b"PK\x03\x04": "a ZIP container",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}


class NotTextError(ValueError):
    """The bytes are not text; the message is a reason to show."""


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of ``data`` and the name of the codec that gave it.

    Tried in order: a byte order mark, UTF-8, UTF-16 without a mark, then
    detection with charset-normalizer.

    Raises:
        NotTextError: the bytes are binary or in no known encoding.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strict(data, encoding), encoding
    for magic, name in _FORMATS.items():
        if data.startswith(magic):
            raise NotTextError(f"{name}: not a format that is read yet")
    if b"\x00" in data[:_SNIFF]:
        return _utf16(data)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _detected(data)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotTextError(f"damaged {encoding} text at byte {error.start}") from error


def _utf16(data: bytes) -> tuple[str, str]:
    """Read UTF-16 without a byte order mark, told by where its zero bytes stand."""
    head = data[:_SNIFF]
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for encoding, many, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if many > 0.4 * half and few < 0.05 * half and len(data) % 2 == 0:
            text = _strict(data, encoding)
            if not _CONTROLS.search(text[:_SNIFF]):
                return text, encoding
    raise NotTextError("binary")


def _detected(data: bytes) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    head = data[:_DETECT]
    best = from_bytes(head).best()
    candidates = [best.encoding.replace("_", "-")] if best is not None else []
    # A few accents in a Western text fit a dozen single-byte encodings; among
    # those the detector has no reason to choose, and cp1252 is by far the likeliest.
    accents = sum(byte > 0x7F for byte in head) / len(head)
    short = len(head) < _SHORT
    western = short or best is None or best.language in _WESTERN
    if western and accents < (3 * _FEW_ACCENTS if short else _FEW_ACCENTS):
        candidates.insert(0, "cp1252")
    for encoding in candidates:
        try:
            return data.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    raise NotTextError("not text in any known encoding")
