"""Print which tests prove which requirement, and which requirements no test proves yet.

Requirements are read from docs/requirements.md (lines `- ID text`), tests by their syntax alone: every test that
carries `@pytest.mark.requirement("ID", …)` itself, by its class, by `pytestmark`, or by a parameter's marks.
An id that no requirement has is an error, so that a typing mistake doesn't pass for a proof.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
COPY = PROJECT / "docs" / "requirements.md"
DESIGN = PROJECT.parent / "shared" / "design" / "REQUIREMENTS.md"  # Where the rules are written, if it is at hand.
RULE = re.compile(r"^- ([A-Z0-9]+-\d+)\s+(.*)", re.MULTILINE)

TestFunction = ast.FunctionDef | ast.AsyncFunctionDef


class Problem(Exception):
    """Something in a test that can't be counted."""


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 on unknown ids, or on unproven ones that were asked to be proven."""
    options = parse(arguments)
    rules = read_rules(options.rules)
    try:
        proofs = read_proofs(options.tests, set(rules))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    shown = {rule: text for rule, text in rules.items() if has_prefix(rule, options.only)}
    width = max(map(len, shown), default=0)
    for rule in shown:
        tests = proofs.get(rule, [])
        print(f"{rule:{width}}  {tests[0] if tests else '–'}")
        for test in tests[1:]:
            print(f"{'':{width}}  {test}")
    missing = [rule for rule in shown if rule not in proofs]
    print(f"\n{len(shown) - len(missing)} of {len(shown)} requirements have a test.")
    for rule in missing:
        print(f"  without: {rule:{width}} {shown[rule][:90]}")
    demanded = [rule for rule in missing if options.fail_missing and has_prefix(rule, options.fail_missing)]
    if demanded:
        print(f"These need a test: {', '.join(demanded)}", file=sys.stderr)
    return 1 if demanded else 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="PREFIX,…", help="show these requirements only: PAY,REF-7")
    parser.add_argument("--fail-missing", default="", metavar="PREFIX,…", help="fail if one of these has no test; ALL")
    parser.add_argument("--rules", type=Path, default=DESIGN if DESIGN.is_file() else COPY)
    parser.add_argument("--tests", type=Path, default=PROJECT / "tests")
    return parser.parse_args(arguments)


def has_prefix(rule: str, prefixes: str) -> bool:
    """Tell whether the id is in one of the comma-separated areas, or is one of the ids; '' and ALL mean each."""
    wanted = {prefix.strip() for prefix in prefixes.split(",")} - {""}
    return not wanted or "ALL" in wanted or rule in wanted or rule.partition("-")[0] in wanted


def read_rules(file: Path) -> dict[str, str]:
    """Give id → text, in the document's order."""
    return dict(RULE.findall(file.read_text(encoding="utf-8")))


def read_proofs(folder: Path, known: set[str]) -> dict[str, list[str]]:
    """Give id → tests ("tests/orders/test_place.py::test_name"). Raises Problem."""
    proofs: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        name = file.relative_to(folder.parent)
        for test, ids in marked_tests(ast.parse(file.read_text(encoding="utf-8")), str(name)):
            for rule in ids:
                if rule not in known:
                    raise Problem(f"{name}::{test}: there is no requirement {rule}")
                proofs.setdefault(rule, []).append(f"{name}::{test}")
    return proofs


def marked_tests(
    scope: ast.Module | ast.ClassDef, file: str, inherited: AbstractSet[str] = frozenset()
) -> Iterator[tuple[str, list[str]]]:
    """Walk the tests of a module or class with the ids that each carries."""
    here = inherited | {rule for node in scope.body if is_pytestmark(node) for rule in marked_ids(node, file)}
    for node in scope.body:
        if isinstance(node, TestFunction) and node.name.startswith("test"):
            own = {rule for decorator in node.decorator_list for rule in marked_ids(decorator, file)}
            yield node.name, sorted(here | own)
        elif isinstance(node, ast.ClassDef):
            own = {rule for decorator in node.decorator_list for rule in marked_ids(decorator, file)}
            for name, ids in marked_tests(node, file, here | own):
                yield f"{node.name}::{name}", ids


def is_pytestmark(node: ast.stmt) -> bool:
    """Recognise `pytestmark = …`."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in targets)


def marked_ids(node: ast.AST, file: str) -> Iterator[str]:
    """Find the ids of every `….requirement("ID", …)` below a node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
            for argument in call.args:
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    raise Problem(f"{file}:{call.lineno}: write the requirement's id as plain text")
                yield argument.value


if __name__ == "__main__":
    sys.exit(main())
