"""Question sets, measures, runs, reports and calibration: how far quoth can be trusted."""
