"""Checks a rule before it is saved: every finding at once, the typed tree, its type and what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .elaborate import Elaborator
from .environment import Environment
from .errors import Finding, RuleError
from .keywords import RESERVED
from .parser import Start, parse
from .reading import Path, reads
from .ruleset import RuleSet, cell_condition, rule_set
from .tree import (
    ActLine,
    Assign,
    AssignLine,
    Cell,
    Deadline,
    Decide,
    DecideLine,
    Define,
    DueLine,
    Expression,
    Literal,
    Rules,
    Table,
    TableRow,
    Tree,
)
from .types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    MEMBER,
    NULL,
    NUMBER,
    PEOPLE,
    TEXT,
    ListOf,
    Type,
)
from .wording import mismatch, unknown

REQUIREMENTS = ("comment", "attachment", "signature")
DECISION_NAMES: Mapping[str, Type] = {"approvals": NUMBER, "rejections": NUMBER, "decision": TEXT}


@dataclass(frozen=True)
class Checked:
    """The outcome of a check. `tree` is typed and has ids for labels; it may be compiled only when `ok`."""

    tree: Tree
    type: Type
    reads: frozenset[Path]
    findings: tuple[Finding, ...]
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether there are no errors (warnings are fine)."""
        return not any(each.severity == "error" for each in self.findings)

    def require(self) -> Checked:
        """Itself, or RuleError with all errors."""
        if not self.ok:
            raise RuleError([each for each in self.findings if each.severity == "error"], self.text)
        return self


def check(
    rule: str | Tree, environment: Environment, start: Start = "expression", expect: Type | None = None
) -> Checked:
    """Check a rule (text or tree) in an environment; `expect` is the type that an expression must have.

    Never raises for a wrong rule: a syntax error is a finding of the answer, whose tree is then the constant null.
    """
    text = rule if isinstance(rule, str) else ""
    try:
        tree = parse(rule, start, environment) if isinstance(rule, str) else rule
    except RuleError as error:
        return Checked(Literal(None, type=NULL), ANY, frozenset(), error.findings, text)
    checker = _Checker(environment, text, start)
    typed, type_ = checker.tree(tree, expect)
    return Checked(typed, type_, reads(typed), _in_order(checker.elaborator.findings), text)


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each finding once, in the order of the text."""
    unique: dict[tuple[int, int, str, str], Finding] = {}
    for each in findings:
        unique.setdefault((each.line, each.column, each.code, each.message["en"]), each)
    return tuple(sorted(unique.values(), key=lambda each: (each.line, each.column)))


class _Checker:
    def __init__(self, environment: Environment, text: str, start: Start) -> None:
        if start == "decide":
            names = {
                **{name: type_ for name, type_ in DECISION_NAMES.items() if name not in environment.names},
                **environment.names,
            }
            environment = replace(environment, names=names)
        self.environment = environment
        self.elaborator = Elaborator(environment, text)

    def tree(self, tree: Tree, expect: Type | None) -> tuple[Tree, Type]:
        if isinstance(tree, Assign):
            return self.assign(tree), PEOPLE
        if isinstance(tree, Decide):
            return replace(tree, lines=tuple(self.decide_line(line) for line in tree.lines)), ANY
        if isinstance(tree, Deadline):
            return self.deadline(tree), ANY
        if isinstance(tree, Rules):
            return self.rules(tree), ANY
        typed = self.elaborator.expression(tree, expect)
        return typed, self.elaborator.type_of(typed)

    def condition(self, node: Expression | None) -> Expression | None:
        return None if node is None else self.elaborator.expression(node, BOOLEAN)

    def people(self, node: Expression) -> Expression:
        typed = self.elaborator.expression(node)
        type_ = self.elaborator.type_of(typed)
        single = type_.element if isinstance(type_, ListOf) else type_
        if single not in (MEMBER, ANY, NULL):
            self.elaborator.findings.append(mismatch(typed.span, type_, PEOPLE))
        return typed

    # ---- assign, decide ----

    def assign(self, tree: Assign) -> Assign:
        otherwise = 0
        for line in tree.lines:
            if line.kind == "otherwise":
                otherwise += 1
            elif line.kind == "when" and otherwise:
                zh, en = "otherwise 之后的 when 永远轮不到", "A `when` behind `otherwise` is never reached"
                self.elaborator.report("never_reached", zh, en, line.span)
            if line.kind == "always" and len([each for each in tree.lines if each.kind != "also"]) > 1:
                zh, en = (
                    "有几行时每行以 when 或 otherwise 开头",
                    "With several lines, each begins with when or otherwise",
                )
                self.elaborator.report("syntax", zh, en, line.span, "otherwise …")
        if otherwise > 1:
            zh, en = "otherwise 只能有一行", "There can be only one `otherwise`"
            self.elaborator.report("duplicate_otherwise", zh, en, tree.lines[-1].span)
        return replace(tree, lines=tuple(self.assign_line(line) for line in tree.lines))

    def assign_line(self, line: AssignLine) -> AssignLine:
        return replace(line, condition=self.condition(line.condition), people=self.people(line.people))

    def decide_line(self, line: DecideLine) -> DecideLine:
        for name in line.requirements:
            if name not in REQUIREMENTS:
                known = (*REQUIREMENTS, *self.environment.fields)
                if name not in self.environment.fields:
                    what = ("必填项", "requirement")
                    self.elaborator.findings.append(unknown("unknown_requirement", what, name, known, {}, line.span))
        return replace(line, condition=self.condition(line.condition))

    # ---- deadline ----

    def deadline(self, tree: Deadline) -> Deadline:
        dues = [line for line in tree.lines if isinstance(line, DueLine)]
        if len(dues) > 1:
            self.elaborator.report("duplicate_due", "due 只能有一行", "There can be only one `due`", dues[1].span)
        if not dues:
            self.elaborator.report(
                "no_date", "缺少 due：不知道什么时候到期", "There is no `due` line", tree.lines[0].span
            )
        lines = [self.due(line) if isinstance(line, DueLine) else self.act(line) for line in tree.lines]
        return replace(tree, lines=tuple(lines))

    def due(self, line: DueLine) -> DueLine:
        typed = self.elaborator.expression(line.due)
        type_ = self.elaborator.type_of(typed)
        if type_ not in (DATE, DATETIME, DURATION, ANY):
            self.elaborator.findings.append(
                mismatch(typed.span, type_, DATETIME, "2 workdays" if type_ == NUMBER else None)
            )
        return replace(line, due=typed)

    def act(self, line: ActLine) -> ActLine:
        if line.people is not None:
            return replace(line, people=self.people(line.people))
        environment = self.environment
        if line.act == "return" and environment.nodes is not None and line.target not in environment.nodes:
            what = ("节点", "node")
            wrong = unknown("unknown_node", what, line.target or "", environment.nodes, {}, line.span)
            self.elaborator.findings.append(wrong)
        if line.act == "set" and line.value is not None and line.target is not None:
            target = line.target
            if target not in environment.fields:
                ids = environment.by_label.get(target, ())
                if len(ids) == 1:
                    target = ids[0]
            type_ = environment.fields.get(target)
            if type_ is None:
                what = ("字段", "field")
                wrong = unknown("unknown_field", what, target, environment.fields, environment.labels, line.span)
                self.elaborator.findings.append(wrong)
            return replace(line, target=target, value=self.elaborator.expression(line.value, type_))
        return line

    # ---- shared rules ----

    def rules(self, tree: Rules) -> Rules:
        seen: set[str] = set()
        for statement in tree.statements:
            if statement.name in seen:
                zh, en = f"{statement.name} 定义了两次", f"{statement.name} is defined twice"
                self.elaborator.report("duplicate_name", zh, en, statement.span)
            seen.add(statement.name)
            if statement.name.lower() in RESERVED:
                zh, en = f"{statement.name} 是保留字", f"{statement.name} is a reserved word"
                self.elaborator.report("reserved_word", zh, en, statement.span)
        own = rule_set([tree]) if len(seen) == len(tree.statements) else RuleSet()
        shared = self.environment.rules
        if shared is not None:
            own = RuleSet({**shared.defines, **own.defines}, {**shared.tables, **own.tables})
        findings = self.elaborator.findings
        self.elaborator = Elaborator(replace(self.environment, rules=own), self.elaborator.text)
        self.elaborator.findings = findings
        made = [self.define(each) if isinstance(each, Define) else self.table(each) for each in tree.statements]
        return replace(tree, statements=tuple(made))

    def define(self, statement: Define) -> Define:
        self.elaborator.locals = dict.fromkeys(statement.parameters, ANY)
        self.elaborator.expanding = (statement.name,)
        body = self.elaborator.expression(statement.body)
        self.elaborator.locals, self.elaborator.expanding = {}, ()
        return replace(statement, body=body)

    def table(self, statement: Table) -> Table:
        self.elaborator.expanding = (statement.name,)
        inputs = tuple(self.elaborator.expression(each) for each in statement.inputs)
        made = []
        for row in statement.rows:
            pairs = zip(statement.inputs, row.cells, strict=True)
            cells = tuple(self.cell(column, cell) for column, cell in pairs)
            made.append(TableRow(cells, self.elaborator.expression(row.output), span=row.span))
        self.elaborator.expanding = ()
        return replace(statement, inputs=inputs, rows=tuple(made))

    def cell(self, column: Expression, cell: Cell) -> Cell:
        condition = cell_condition(column, cell)
        if condition is None:
            return cell
        self.elaborator.expression(condition, BOOLEAN)
        before = len(self.elaborator.findings)
        items = tuple(self.elaborator.expression(item) for item in cell.items)
        del self.elaborator.findings[before:]
        return replace(cell, items=items)
