"""The features that concern a whole hub, declared like those of a room; `cowork/hub/*requests.py` implements them."""

from __future__ import annotations

from cowork.permissions import ENTER, ORGANISERS, RECORD, TAKE_BACK, Right
from cowork.rooms.base import Feature

INVITE = Right("invite", ORGANISERS)
CHANGE_MEMBERS = Right("members", ORGANISERS)
ADD_ROOMS = Right("rooms", ORGANISERS)
SEE_COHORT = Right("cohort", ORGANISERS)
CHANGE_WEBHOOKS = Right("webhook", ORGANISERS)

ROOMS = Feature(rights=(ENTER, TAKE_BACK, RECORD, ADD_ROOMS), cli="tui.cli.cowork.hub", verbs=("hubs", "rooms"))
MEMBERSHIP = Feature(
    rights=(INVITE, CHANGE_MEMBERS), cli="tui.cli.cowork.hub", verbs=("invite", "members", "role", "remove")
)
COHORT = Feature(rights=(SEE_COHORT,), cli="tui.cli.cowork.cohort", verbs=("cohort", "export", "similar"))
WEBHOOKS = Feature(rights=(CHANGE_WEBHOOKS,), cli="tui.cli.cowork.webhook", verbs=("webhook",))
