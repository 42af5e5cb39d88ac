"""Learning rates by number of updates; the expected numbers were printed by MXNet 1.9.1."""

import logging

import pytest

from mxnet import lr_scheduler as schedules

RECORDED = [
    (
        lambda: schedules.FactorScheduler(3, 0.5, base_lr=1.0, stop_factor_lr=0.2),
        [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2],
    ),
    (
        lambda: schedules.FactorScheduler(3, 0.5, base_lr=1.0, warmup_steps=4, warmup_begin_lr=0.1),
        [0.325, 0.55, 0.775, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125],
    ),
    (
        lambda: schedules.MultiFactorScheduler([2, 5], 0.1, base_lr=1.0),
        [1.0, 1.0, 0.1, 0.1, 0.1, *[0.010000000000000002] * 6],
    ),
    (
        lambda: schedules.MultiFactorScheduler([4, 5], 0.1, base_lr=1.0, warmup_steps=3, warmup_begin_lr=0.1),
        [0.4, 0.7, 1.0, 1.0, 0.1, *[0.010000000000000002] * 6],
    ),
    (
        lambda: schedules.PolyScheduler(6, 1.0, 2, 0.1),
        [0.7250000000000001, 0.5000000000000001, 0.325, 0.2, 0.125, *[0.1] * 6],
    ),
    (
        lambda: schedules.PolyScheduler(
            6, 1.0, 1, 0.1, warmup_steps=3, warmup_begin_lr=0.2, warmup_mode="constant"
        ),
        [0.2, 0.2, 1.0, 0.7000000000000001, 0.4, *[0.1] * 6],
    ),
    (
        lambda: schedules.CosineScheduler(6, 1.0, 0.1),
        [0.9397114317029974, 0.775, 0.55, 0.3250000000000001, 0.16028856829700258, *[0.1] * 6],
    ),
    (
        lambda: schedules.CosineScheduler(8, 1.0, 0.1, warmup_steps=3, warmup_begin_lr=0.1),
        [
            *[
                0.4,
                0.7,
                1.0,
                0.9140576474687263,
                0.6890576474687263,
                0.41094235253127376,
                0.18594235253127372,
            ],
            *[0.1] * 4,
        ],
    ),
]


@pytest.mark.parametrize(("make", "expected"), RECORDED)
def test_the_first_eleven_updates(make, expected):
    schedule = make()
    assert [schedule(n) for n in range(1, 12)] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("make", [make for make, _ in RECORDED[:4]])
def test_a_long_jump_ends_where_single_steps_do(make):
    jumping, walking = make(), make()
    for n in range(1, 31):
        last = walking(n)
    assert jumping(30) == last


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: schedules.FactorScheduler(0), ValueError),
        (lambda: schedules.FactorScheduler(2, 2), ValueError),
        (lambda: schedules.FactorScheduler("2"), TypeError),
        (lambda: schedules.MultiFactorScheduler([1, "2"]), TypeError),
        (lambda: schedules.MultiFactorScheduler([3, 2]), ValueError),
        (lambda: schedules.MultiFactorScheduler([0, 2]), ValueError),
        (lambda: schedules.MultiFactorScheduler([]), AssertionError),
        (lambda: schedules.MultiFactorScheduler(3), AssertionError),
        (lambda: schedules.MultiFactorScheduler([1], 2), ValueError),
        (lambda: schedules.PolyScheduler(0), ValueError),
        (lambda: schedules.PolyScheduler(1.5), AssertionError),
        (lambda: schedules.CosineScheduler(0), ValueError),
        (lambda: schedules.FactorScheduler(1, warmup_begin_lr=3), ValueError),
        (lambda: schedules.FactorScheduler(1, warmup_steps=-1), ValueError),
        (lambda: schedules.FactorScheduler(1, warmup_steps=1.5), AssertionError),
        (lambda: schedules.FactorScheduler(1, warmup_mode="slow"), ValueError),
        (lambda: schedules.LRScheduler()(1), NotImplementedError),
        (lambda: schedules.FactorScheduler(1).get_warmup_lr(3), AssertionError),
    ],
)
def test_what_makes_no_sense_is_refused(make, kind):
    with pytest.raises(kind):
        make()


def test_changes_are_logged(caplog):
    schedule = schedules.FactorScheduler(2, 0.5, base_lr=1.0, stop_factor_lr=0.3)
    with caplog.at_level(logging.INFO):
        for n in range(1, 8):
            schedule(n)
    assert [r.getMessage() for r in caplog.records] == [
        "Update[3]: Change learning rate to 5.00000e-01",
        "Update[5]: now learning rate arrived at 3.00000e-01, will not change in the future",
        "Update[7]: now learning rate arrived at 3.00000e-01, will not change in the future",
    ]


def test_a_schedule_of_ones_own_is_a_function_of_the_update():
    class Halving(schedules.LRScheduler):
        def __call__(self, num_update):
            return self.base_lr / 2**num_update

    assert Halving(base_lr=1.0)(3) == 0.125


def test_a_warm_up_that_fills_everything_ends_at_the_final_rate():
    assert schedules.CosineScheduler(5, warmup_steps=5)(5) == 0
    assert schedules.PolyScheduler(5, warmup_steps=5)(5) == 0
