"""What is known when a program is written need not be asked when it runs."""

from __future__ import annotations

import ast
import re

__all__ = ["folded"]

_TENSOR = re.compile(r"t\d+")


def folded(text: str) -> str:
    """An expression with its known parts decided; ``t0``, ``t1``, ... are tensors, so not None.

    >>> folded("linear(t0, t1, t2) if (t2 is None) is False and t0.dim() == 2 else other(t0)")
    'linear(t0, t1, t2) if t0.dim() == 2 else other(t0)'
    >>> folded("mm(t0, t1) if not True and t0.dim() == 2 else other(t0)")
    'other(t0)'
    >>> folded("t0.sum() if -1 is None else t0.sum(-1)")
    't0.sum(-1)'
    """
    return ast.unparse(_Folding().visit(ast.parse(text, mode="eval")))


class _Folding(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return node
        left, right = node.left, node.comparators[0]
        if not isinstance(right, ast.Constant):
            return node
        if isinstance(left, ast.Constant):
            same = left.value is right.value
        elif right.value is None and (
            isinstance(left, ast.Tuple) or (isinstance(left, ast.Name) and _TENSOR.fullmatch(left.id))
        ):
            same = False
        else:
            return node
        return ast.Constant(same is isinstance(node.ops[0], ast.Is))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.operand, ast.Constant):
            if isinstance(node.op, ast.Not):
                return ast.Constant(not node.operand.value)
            if isinstance(node.op, ast.USub) and isinstance(node.operand.value, (int, float)):
                return ast.Constant(-node.operand.value)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        decides = isinstance(node.op, ast.Or)  # a true part decides `or`, a false one `and`
        parts: list[ast.expr] = []
        for part in node.values:
            if not isinstance(part, ast.Constant):
                parts.append(part)
            elif bool(part.value) is decides:
                return ast.Constant(decides) if not parts else node
        if not parts:
            return ast.Constant(not decides)
        return parts[0] if len(parts) == 1 else ast.BoolOp(node.op, parts)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node
