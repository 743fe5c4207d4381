"""The checker of histories, on histories of which we know."""

import unittest

from linearizability import CONFLICT, UNKNOWN, Operation, is_linearizable


def promote(start, end, expected, value, outcome="done"):
    return Operation(start, end, "promote", expected, value, outcome)


def read(start, end, value):
    return Operation(start, end, "read", None, value)


class KnownHistories(unittest.TestCase):
    def test_one_after_the_other(self):
        self.assertTrue(is_linearizable([promote(0, 1, None, "a"), read(2, 3, "a"), promote(4, 5, "a", "b")]))

    def test_of_two_at_once_one_wins(self):
        self.assertTrue(is_linearizable([promote(0, 3, None, "a"), promote(1, 2, None, "b", CONFLICT)]))

    def test_two_winners(self):
        self.assertFalse(is_linearizable([promote(0, 3, None, "a"), promote(1, 2, None, "b")]))

    def test_a_lost_update(self):
        history = [promote(0, 1, None, "a"), promote(2, 5, "a", "b"), promote(3, 4, "a", "c"), read(6, 7, "c")]
        self.assertFalse(is_linearizable(history))

    def test_an_old_value_after_a_new_one_was_read(self):
        history = [promote(0, 9, None, "a"), read(1, 2, "a"), read(3, 4, None)]
        self.assertFalse(is_linearizable(history))

    def test_a_value_that_is_read_while_it_is_written(self):
        self.assertTrue(is_linearizable([promote(0, 9, None, "a"), read(1, 2, None), read(3, 4, "a")]))

    def test_a_conflict_with_nobody(self):
        self.assertFalse(is_linearizable([promote(0, 1, None, "a"), promote(2, 3, "a", "b", CONFLICT)]))

    def test_an_unknown_outcome_is_one_or_the_other(self):
        before = [promote(0, 1, None, "a"), promote(2, 3, "a", "b", UNKNOWN)]
        self.assertTrue(is_linearizable([*before, read(4, 5, "a")]))
        self.assertTrue(is_linearizable([*before, read(4, 5, "b")]))
        self.assertFalse(is_linearizable([*before, read(4, 5, "b"), read(6, 7, "a")]))


if __name__ == "__main__":
    unittest.main()
