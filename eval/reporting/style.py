"""The look of a report."""

STYLE = """
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif;
  color: #1f2933; background: #fff; }
body { margin: 0; }
main { max-width: 1180px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.about, cite { color: #52606d; font-size: .87rem; font-style: normal; overflow-wrap: anywhere; }
p.about { margin: .2rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87rem; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid #e4e7eb; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.words, th.words { text-align: left; white-space: normal; }
th { border-bottom-color: #9aa5b1; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid #e4e7eb; border-radius: 6px; padding: .7rem; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
figure img { width: 100%; height: auto; }
details { border-bottom: 1px solid #e4e7eb; padding: .35rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
.good, .bad, .soft { border-radius: 4px; padding: .05rem .45rem; font-size: .8rem; }
.good { background: #d8f0df; color: #14532d; }
.bad { background: #fbdcd5; color: #7f1d1d; }
.soft { background: #eceff2; color: #3e4c59; }
.id { color: #52606d; font-size: .8rem; }
blockquote { margin: .5rem 0 .5rem 1rem; padding: .1rem .9rem; border-left: 3px solid #cbd2d9; }
blockquote.right { border-left-color: #3f8f5b; }
blockquote p { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.beside { font-size: .87rem; color: #52606d; }
mark { background: #fff0b3; color: inherit; }
ul.gold { font-size: .9rem; }
li.right { font-weight: 600; }
"""
