"""What a meter answers instead of a value, by its name in the standard (IEC 62056-5-3, 9.5 and 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SUCCESS: Final = 0

ACCESS_RESULT: Final = {
    0: "success", 1: "hardware-fault", 2: "temporary-failure", 3: "read-write-denied", 4: "object-undefined",
    9: "object-class-inconsistent", 11: "object-unavailable", 12: "type-unmatched",
    13: "scope-of-access-violated", 14: "data-block-unavailable", 15: "long-get-aborted",
    16: "no-long-get-in-progress", 17: "long-set-aborted", 18: "no-long-set-in-progress",
    19: "data-block-number-invalid", 250: "other-reason",
}  # fmt: skip

#: An action's result has the same numbers; two of them mean actions.
ACTION_RESULT: Final = ACCESS_RESULT | {
    15: "long-action-aborted",
    16: "no-long-action-in-progress",
}  # fmt: skip

ASSOCIATION: Final = {0: "accepted", 1: "rejected-permanent", 2: "rejected-transient"}

#: Why an association was not made, by the one who refused it: the user (the meter's application) or its ACSE.
DIAGNOSTIC_USER: Final = {
    0: "null", 1: "no-reason-given", 2: "application-context-name-not-supported",
    3: "calling-AP-title-not-recognized", 4: "calling-AP-invocation-identifier-not-recognized",
    5: "calling-AE-qualifier-not-recognized", 6: "calling-AE-invocation-identifier-not-recognized",
    7: "called-AP-title-not-recognized", 8: "called-AP-invocation-identifier-not-recognized",
    9: "called-AE-qualifier-not-recognized", 10: "called-AE-invocation-identifier-not-recognized",
    11: "authentication-mechanism-name-not-recognised", 12: "authentication-mechanism-name-required",
    13: "authentication-failure", 14: "authentication-required",
}  # fmt: skip
DIAGNOSTIC_PROVIDER: Final = {0: "null", 1: "no-reason-given", 2: "no-common-acse-version"}

EXCEPTION_STATE: Final = {1: "service-not-allowed", 2: "service-unknown"}
EXCEPTION_SERVICE: Final = {
    1: "operation-not-possible", 2: "service-not-supported", 3: "other-reason", 4: "pdu-too-long",
    5: "deciphering-error", 6: "invocation-counter-error",
}  # fmt: skip

#: A confirmed service error: the class of the error, and the errors of the class that associations know.
ERROR_CLASS: Final = {
    0: "application-reference", 1: "hardware-resource", 2: "vde-state-error", 3: "service", 4: "definition",
    5: "access", 6: "initiate", 7: "load-data-set", 8: "change-scope", 9: "task", 10: "other",
}  # fmt: skip
INITIATE_ERROR: Final = {
    0: "other", 1: "dlms-version-too-low", 2: "incompatible-conformance", 3: "pdu-size-too-short",
    4: "refused-by-the-VDE-handler",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccessFault:
    """A value that could not be read or written, or an action that was not done: the meter's number."""

    number: int
    is_action: bool = False

    @property
    def name(self) -> str:
        """The standard's name; one that it does not have says its number.

        >>> AccessFault(3).name, AccessFault(77).name
        ('read-write-denied', 'unknown-77')
        """
        return (ACTION_RESULT if self.is_action else ACCESS_RESULT).get(self.number, f"unknown-{self.number}")


def named(names: dict[int, str], number: int) -> str:
    """Give the standard's name of a number, or say the number."""
    return names.get(number, f"unknown-{number}")
