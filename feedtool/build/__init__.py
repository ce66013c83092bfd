"""The stages in their order, and what runs them: which files changed, how work is spread, what a build did."""
