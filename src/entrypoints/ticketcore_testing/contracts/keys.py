"""Contract suite of API keys and secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
import pytest

from ticketcore.domain import api_keys
from ticketcore.domain.acts import ActPage, AdminAct, AdminActKind
from ticketcore.domain.api_keys import MAX_NAME, ApiKey, Role
from ticketcore.domain.ids import EventId, KeyId
from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, acts_on
from ticketcore_testing.samples import MILLISECOND, NOW, STRANGE_IDS, TEXTS, fresh, label

LATER = NOW + MILLISECOND


def new_key(name: str = "office", role: Role = Role.ADMIN, at: datetime = NOW) -> ApiKey:
    return api_keys.make(name, role, fresh(api_keys.RANDOM_BYTES), at)[0]


class KeysContract(LedgerContract):
    """Hold ``Keys`` to its contract; override ``open_ledger``."""

    @pytest.mark.parametrize("role", Role)
    def test_an_added_key_is_returned_unchanged(self, ledger: Ledger, role: Role) -> None:
        """Every field of a key is stored, its hash to the last byte."""
        key = new_key(role=role)
        ledger.keys.add(key)
        assert ledger.keys.get(key.id) == key

    @pytest.mark.parametrize("event_ids", [None, {"a"}, {"a", "b" * 20, "c"}])
    def test_the_events_of_a_key_are_stored(self, ledger: Ledger, event_ids: set[str] | None) -> None:
        """A key is bound to the same events when it is read, alone, in the list and revoked."""
        bound = None if event_ids is None else frozenset(EventId(each) for each in event_ids)
        key = attrs.evolve(new_key(role=Role.GATE), event_ids=bound)
        ledger.keys.add(key)
        assert ledger.keys.get(key.id) == key
        assert list(ledger.keys.list()) == [key]
        assert ledger.keys.revoke(key.id, NOW) == attrs.evolve(key, revoked_at=NOW)

    def test_a_key_still_admits_its_secret(self, ledger: Ledger) -> None:
        """The stored hash is that of the secret."""
        key, text = api_keys.make("door", Role.GATE, bytes(range(api_keys.RANDOM_BYTES)), NOW)
        ledger.keys.add(key)
        found, parts = ledger.keys.get(key.id), api_keys.split(text)
        assert found is not None
        assert parts is not None
        assert found.refusal_of(parts[1]) is None

    def test_adding_the_same_id_again_changes_nothing(self, ledger: Ledger) -> None:
        """The first key stays, and stays revoked."""
        key = new_key()
        ledger.keys.add(key)
        ledger.keys.add(attrs.evolve(key, name="another", role=Role.GATE))
        assert list(ledger.keys.list()) == [key]
        revoked = ledger.keys.revoke(key.id, NOW)
        ledger.keys.add(key)
        assert ledger.keys.get(key.id) == revoked

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_key_is_none(self, ledger: Ledger, strange: str) -> None:
        """Any text is accepted as an id, and an unknown one returns ``None``."""
        ledger.keys.add(new_key())
        assert ledger.keys.get(KeyId(strange)) is None
        assert ledger.keys.revoke(KeyId(strange), NOW) is None

    @pytest.mark.parametrize("name", [*(text[:MAX_NAME] for text in TEXTS), ""], ids=label)
    def test_a_name_is_stored_exactly(self, ledger: Ledger, name: str) -> None:
        """Quotes, scripts and emoji are stored unchanged."""
        key = new_key(name)
        ledger.keys.add(key)
        assert ledger.keys.get(key.id) == key

    def test_keys_are_listed_oldest_first(self, ledger: Ledger) -> None:
        """They are ordered by ``created_at``, whatever the order of adding; keys of one time have a stable order."""
        made = [new_key(at=NOW + timedelta(milliseconds=offset)) for offset in (5, 1, 3, 3, 0, 3)]
        assert list(ledger.keys.list()) == []
        for key in made:
            ledger.keys.add(key)
        listed = list(ledger.keys.list())
        assert [key.created_at for key in listed] == sorted(key.created_at for key in made)
        assert set(listed) == set(made)
        assert list(ledger.keys.list()) == listed

    def test_a_revoked_key_is_returned_with_its_time(self, ledger: Ledger) -> None:
        """Revoked keys are still returned and listed; other keys are unchanged."""
        key, other = new_key(), new_key(at=LATER)
        ledger.keys.add(key)
        ledger.keys.add(other)
        revoked = attrs.evolve(key, revoked_at=LATER)
        assert ledger.keys.revoke(key.id, LATER) == revoked
        assert ledger.keys.get(key.id) == revoked
        assert list(ledger.keys.list()) == [revoked, other]

    def test_revoking_again_keeps_the_first_time(self, ledger: Ledger) -> None:
        """Revoking is idempotent."""
        key = new_key()
        ledger.keys.add(key)
        first = ledger.keys.revoke(key.id, NOW)
        assert ledger.keys.revoke(key.id, LATER) == first
        assert ledger.keys.revoke(key.id, NOW - MILLISECOND) == first
        assert ledger.keys.get(key.id) == first

    @pytest.mark.parametrize("by", [*(text[:MAX_NAME] for text in TEXTS), None], ids=lambda by: label(by or "no key"))
    def test_a_key_that_is_made_or_revoked_is_an_act(self, ledger: Ledger, by: str | None) -> None:
        """It names the key that acted, or none; what changes nothing is no act."""
        key = new_key("door", Role.GATE)
        ledger.keys.add(key, by)
        ledger.keys.add(key, "another")
        made = AdminAct(NOW, by, AdminActKind.KEY_CREATED, key.id, "door")
        assert acts_on(ledger, key.id) == [made]
        ledger.keys.revoke(key.id, LATER, by)
        ledger.keys.revoke(key.id, LATER + MILLISECOND, "another")
        ledger.keys.revoke(KeyId("unknown"), LATER, by)
        assert acts_on(ledger, key.id) == [AdminAct(LATER, by, AdminActKind.KEY_REVOKED, key.id, "door"), made]

    def test_acts_are_listed_latest_first_in_pages(self, ledger: Ledger) -> None:
        """Each once, whatever the size of the page, and only a page with a successor has a cursor."""
        assert ledger.keys.acts(None, 5) == ActPage((), None)
        made = [new_key(str(number)) for number in range(5)]
        for key in made:
            ledger.keys.add(key)
        for size in (1, 2, 4, 5, 6):
            page = ledger.keys.acts(None, size)
            listed = list(page.items)
            while page.after is not None:
                page = ledger.keys.acts(page.after, size)
                assert 1 <= len(page.items) <= size
                listed += page.items
                assert len(listed) <= len(made)
            assert [act.subject for act in listed] == [key.id for key in reversed(made)]
        first = ledger.keys.acts(None, 2)
        ledger.keys.add(new_key())
        assert first.after is not None
        assert [act.name for act in ledger.keys.acts(first.after, 2).items] == ["2", "1"]

    def test_the_first_call_makes_a_secret(self, ledger: Ledger) -> None:
        """Every later call with the same name returns it, whatever value it brings."""
        first = b"\0\xff" + fresh(30)
        assert ledger.keys.kept_secret("order-ids") is None
        assert ledger.keys.secret("order-ids", first) == first
        assert ledger.keys.secret("order-ids", fresh(32)) == first
        assert ledger.keys.kept_secret("order-ids") == first

    def test_every_name_has_a_secret_of_its_own(self, ledger: Ledger) -> None:
        """Names that differ in case or white space have different secrets."""
        secrets = {name: fresh(32) for name in ("order-ids", "Order-Ids", "order_ids", "order-ids ", "")}
        assert {name: ledger.keys.secret(name, secret) for name, secret in secrets.items()} == secrets
        assert {name: ledger.keys.secret(name, b"late") for name in secrets} == secrets

    def test_all_processes_on_a_ledger_have_the_same_secret(self, open_ledger: Callable[[], Ledger]) -> None:
        """A ledger that is opened again returns the first secret."""
        first, second = open_ledger(), open_ledger()
        secret = first.keys.secret("order-ids", fresh(32))
        assert second.keys.secret("order-ids", fresh(32)) == secret
        assert open_ledger().keys.secret("order-ids", fresh(32)) == secret

    def test_two_additions_of_one_id_are_atomic(self, ledger: Ledger) -> None:
        """The key of the first one stays, whole, and is revoked if it was."""

        def race() -> Race:
            key = new_key()
            return Race(
                lambda: ledger.keys.add(attrs.evolve(key, name="one", role=Role.ADMIN)),
                lambda: _add_and_revoke(ledger, attrs.evolve(key, name="two", role=Role.GATE)),
                lambda: [(each.name, each.role, each.revoked_at) for each in ledger.keys.list() if each.id == key.id],
            )

        assert_atomic(ledger.keys, race)

    def test_two_revocations_of_one_key_are_atomic(self, ledger: Ledger) -> None:
        """Both return the time of the first one, and it is kept."""

        def race() -> Race:
            key = new_key()
            ledger.keys.add(key)
            return Race(
                lambda: _revoked_at(ledger.keys.revoke(key.id, NOW)),
                lambda: _revoked_at(ledger.keys.revoke(key.id, LATER)),
                lambda: _revoked_at(ledger.keys.get(key.id)),
            )

        assert_atomic(ledger.keys, race)

    def test_a_key_and_its_acts_are_atomic(self, ledger: Ledger) -> None:
        """At no moment, and so after no crash, is there the one without the other."""

        def race() -> Race:
            key = new_key()
            return Race(
                lambda: _add_and_revoke(ledger, key),
                lambda: _agree(ledger, key),
                lambda: (_agree(ledger, key), len(acts_on(ledger, key.id))),
            )

        assert_atomic(ledger.keys, race)

    def test_two_calls_for_one_secret_are_atomic(self, ledger: Ledger) -> None:
        """Both return the secret of the first one, and it is kept."""

        def race() -> Race:
            name = fresh().hex()
            return Race(
                lambda: ledger.keys.secret(name, b"one"),
                lambda: ledger.keys.secret(name, b"two"),
                lambda: ledger.keys.secret(name, b"late"),
            )

        assert_atomic(ledger.keys, race)


def _add_and_revoke(ledger: Ledger, key: ApiKey) -> None:
    ledger.keys.add(key)
    ledger.keys.revoke(key.id, LATER)


def _agree(ledger: Ledger, key: ApiKey) -> bool:
    """Return whether there was an act for each change of the key and a change for each act, however they came in between."""
    acts_before, changes_before = len(acts_on(ledger, key.id)), _changes(ledger, key)
    acts_after, changes_after = len(acts_on(ledger, key.id)), _changes(ledger, key)
    return acts_before <= changes_after and changes_before <= acts_after


def _changes(ledger: Ledger, key: ApiKey) -> int:
    found = ledger.keys.get(key.id)
    return 1 + (found.revoked_at is not None) if found else 0


def _revoked_at(key: ApiKey | None) -> datetime | None:
    assert key is not None
    return key.revoked_at
