"""Every derivation keeps the contract: those of the corpus, and random ones."""

from functools import lru_cache

import pytest
from hypothesis import given, note, reject

from chainstep.errors import UndefinedConstant
from tests.contract import CHECKS, solve
from tests.corpus import CORPUS, Exercise
from tests.grammar import bounded, expressions

NO_REAL_DOMAIN = ()  # exercises of the corpus that nothing can verify

solved = lru_cache(maxsize=None)(solve)


@pytest.mark.parametrize("exercise", CORPUS, ids=lambda exercise: exercise.text)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_corpus(exercise, check):
    check(solved(exercise))


@pytest.mark.parametrize("exercise", CORPUS, ids=lambda exercise: exercise.text)
def test_corpus_is_verified(exercise):
    verified = solved(exercise).derivation.verdict.status == "verified"
    assert verified == (exercise.text not in NO_REAL_DOMAIN)


def test_corpus_is_large():
    assert len(CORPUS) == len(set(CORPUS)) >= 350


@bounded(200)
@given(expressions())
def test_random_expressions(text):
    note(text)
    try:
        case = solve(Exercise(text, text, "x"))
    except UndefinedConstant:
        reject()
    for check in CHECKS:
        check(case)
