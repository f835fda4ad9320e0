"""The estimators' parameters: what each may be, what goes together, what formulas they name."""
