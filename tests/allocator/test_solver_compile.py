"""Compiling Pyomo models to arrays agrees with Pyomo's own compiler, and refuses what it must."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from allocator.errors import InfeasibleError, SolveError
from allocator.solver import SolveOptions, Status, compile_model, solve_model


def random_model(seed: int) -> pyo.ConcreteModel:
    """Return a model with the kinds of expressions that builders write."""
    rng = np.random.default_rng(seed)
    model = pyo.ConcreteModel()
    model.flow = pyo.Var(range(6), bounds=(0, 10))
    model.pick = pyo.Var(range(3), domain=pyo.Binary)
    model.free = pyo.Var()
    prices = dict(enumerate(rng.integers(1, 9, 6).tolist()))
    model.price = pyo.Param(range(6), initialize=prices, mutable=True)
    model.flow[2].fix(3.0)
    model.part = pyo.Block()
    model.part.extra = pyo.Var(bounds=(-5, 5))
    model.total = pyo.Expression(expr=sum(model.flow[k] for k in range(6)))
    model.rows = pyo.ConstraintList()
    coefficient = rng.integers(-4, 5, 6).tolist()
    model.rows.add(sum(c * model.flow[k] for k, c in enumerate(coefficient)) <= 7)
    model.rows.add(model.total - 2 * model.free >= 1)
    model.rows.add(pyo.inequality(-3, model.free + model.part.extra, 4 + seed % 2))
    model.rows.add(2 * (model.flow[0] + 3 * model.flow[1]) - model.flow[0] == 5 - model.part.extra)
    model.rows.add(model.flow[1] <= 10 * model.pick[seed % 3])
    model.rows.add(model.price[0] * model.flow[3] + model.price[1] * model.flow[2] <= 30)
    model.rows.add((None, pyo.quicksum(model.pick[k] for k in range(3)) - 2, 0))
    model.rows.add(model.flow[4] + model.flow[4] + 1 <= 9)
    model.rows.add(model.flow[5] / 4 >= 0.5)
    model.off = pyo.Constraint(expr=model.free <= -100)
    model.off.deactivate()
    model.goal = pyo.Objective(
        expr=sum(model.price[k] * model.flow[k] for k in range(6)) - model.free + 4,
        sense=pyo.maximize if seed % 2 else pyo.minimize,
    )
    return model


def rows_by_name(form: Any) -> dict[str, tuple[float, float, dict[str, float]]]:
    """Return bounds and terms of Pyomo's own compilation, ranges joined."""
    rows: dict[str, tuple[float, float, dict[str, float]]] = {}
    dense = form.A.toarray()
    for number, entry in enumerate(form.rows):
        lower = form.rhs[number] if entry.bound_type <= 0 else -np.inf
        upper = form.rhs[number] if entry.bound_type >= 0 else np.inf
        name = entry.constraint.name
        if name in rows:
            lower, upper = max(lower, rows[name][0]), min(upper, rows[name][1])
        terms = {form.columns[k].name: dense[number, k] for k in np.flatnonzero(dense[number])}
        rows[name] = (lower, upper, terms)
    return rows


@pytest.mark.parametrize("seed", range(10))
def test_rows_and_objective_equal_those_of_pyomo(seed: int) -> None:
    """Every row has the bounds and terms that Pyomo's compiler to standard form finds."""
    model = random_model(seed)
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    theirs = rows_by_name(form)
    compiled = compile_model(model)
    program = compiled.program
    dense = program.matrix.toarray()
    names = [variable.name for variable in compiled.variables]
    assert [constraint.name for constraint in compiled.constraints] == list(theirs)
    for number, constraint in enumerate(compiled.constraints):
        lower, upper, terms = theirs[constraint.name]
        assert program.row_lower[number] == pytest.approx(lower)
        assert program.row_upper[number] == pytest.approx(upper)
        ours = {names[k]: dense[number, k] for k in np.flatnonzero(dense[number])}
        assert ours == pytest.approx(terms)
    cost = dict(zip(names, program.cost.tolist(), strict=True))
    expected = dict.fromkeys(names, 0.0)
    costs = form.c.toarray().ravel().tolist()
    expected |= {v.name: c for v, c in zip(form.columns, costs, strict=True)}
    assert cost == pytest.approx(expected)
    assert program.offset == pytest.approx(form.c_offset[0])
    assert program.maximise == bool(seed % 2)


def test_every_free_variable_has_a_column_and_no_fixed_one() -> None:
    """Unused variables are there too, so that each gets a value; fixed ones are constants."""
    compiled = compile_model(random_model(0))
    names = [variable.name for variable in compiled.variables]
    assert "flow[2]" not in names
    assert {"pick[1]", "part.extra", "free"} <= set(names)
    assert len(names) == len(set(names)) == 10


def test_domains_of_variables_are_read() -> None:
    """Bounds and integrality follow the variable's domain."""
    model = pyo.ConcreteModel()
    model.whole = pyo.Var(domain=pyo.NonNegativeIntegers, bounds=(None, 7))
    model.flag = pyo.Var(domain=pyo.Binary)
    model.free = pyo.Var()
    program = compile_model(model).program
    assert program.integer.tolist() == [True, True, False]
    assert program.column_lower.tolist() == [0.0, 0.0, -np.inf]
    assert program.column_upper.tolist() == [7.0, 1.0, np.inf]


def test_variables_of_another_model_get_columns() -> None:
    """A constraint may refer to a variable that the model does not own."""
    other = pyo.ConcreteModel()
    other.x = pyo.Var(bounds=(0, 9))
    model = pyo.ConcreteModel()
    model.row = pyo.Constraint(expr=2 * other.x <= 10)
    model.goal = pyo.Objective(expr=other.x, sense=pyo.maximize)
    result = solve_model(model, SolveOptions())
    assert result.objective == pytest.approx(5.0)
    assert other.x.value == pytest.approx(5.0)


def test_a_model_without_objective_is_a_question_of_feasibility() -> None:
    """Zero cost: any plan is optimal."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 9))
    model.row = pyo.Constraint(expr=model.x >= 4)
    result = solve_model(model, SolveOptions())
    assert result.status is Status.OPTIMAL
    assert result.objective == 0.0
    assert model.x.value >= 4.0 - 1e-9


def test_constraint_on_fixed_variables_alone_is_checked() -> None:
    """Kept ones stay as empty rows, broken ones are named."""
    model = random_model(0)
    model.kept = pyo.Constraint(expr=model.flow[2] <= 3)
    assert compile_model(model).constraints[-1].name == "kept"
    model.broken = pyo.Constraint(expr=model.flow[2] <= 2)
    with pytest.raises(InfeasibleError, match="broken"):
        compile_model(model)


@pytest.mark.parametrize("kind", ["product", "sine", "sos", "logical"])
def test_what_is_not_linear_is_refused_by_name(kind: str) -> None:
    """Nothing is passed over: nonlinear terms and foreign parts are errors."""
    model = random_model(0)
    if kind == "product":
        model.strange = pyo.Constraint(expr=model.free * model.flow[0] <= 1)
    elif kind == "sine":
        model.strange = pyo.Constraint(expr=pyo.sin(model.free) <= 1)
    elif kind == "sos":
        model.strange = pyo.SOSConstraint(var=model.flow, sos=1)
    else:
        model.truth = pyo.BooleanVar()
        model.strange = pyo.LogicalConstraint(expr=model.truth)
    with pytest.raises(SolveError, match=r"strange|SOSConstraint|Logical|Boolean"):
        compile_model(model)


def test_a_fixed_variable_may_make_a_product_linear() -> None:
    """A product with a fixed variable is read by Pyomo's walker with its value."""
    model = random_model(0)
    model.strange = pyo.Constraint(expr=model.flow[2] * model.flow[0] + 1 <= 13)
    compiled = compile_model(model)
    assert compiled.program.row_upper[-1] == pytest.approx(12.0)
    assert compiled.program.matrix.toarray()[-1].max() == pytest.approx(3.0)
