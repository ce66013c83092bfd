from __future__ import annotations
def find(root, facts, rules):
    return []
