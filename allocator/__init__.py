"""Everything a planner does: cases in, certified plans out."""
