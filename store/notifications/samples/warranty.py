"""Samples of e-mails about registered devices and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from store.notifications import kinds
from store.notifications.import_emails import import_context
from store.notifications.samples.goods import HEADSET, MARKETS, NAMES, PHONE, SUPPORT_PLAN, Article
from store.notifications.samples.shop import at, in_days, serial
from store.notifications.warranty_emails import registered_context
from store.warranty import Unit, UnitService
from store.warranty.imports import ImportJob

FILES = {"fr": "Parc informatique – mars 2026.csv", "zh-Hans": "设备清单2026年3月.csv", "en": "Devices March 2026.csv"}


def _registered(locale: str) -> Mapping[str, Any]:
    today = in_days(0)
    service = UnitService(
        id=UUID(int=700),
        certificate_id=UUID(int=701),
        reference=SUPPORT_PLAN.sku,
        names=SUPPORT_PLAN.names,
        extends_months=24,
        starts_on=in_days(355),
        ends_on=in_days(355 + 730),
        ended_on=None,
    )
    units = [_unit(locale, 1, HEADSET, service), _unit(locale, 2, PHONE)]
    return registered_context(MARKETS[locale], locale, NAMES[locale], [(unit, today) for unit in units], len(units))


def _registered_many(locale: str) -> Mapping[str, Any]:
    units = [(_unit(locale, 1, HEADSET), in_days(0))]
    return registered_context(MARKETS[locale], locale, "", units, 61)


def _unit(locale: str, index: int, article: Article, *services: UnitService) -> Unit:
    starts_on = in_days(0) - timedelta(days=10 if services else 60)
    return Unit(
        id=UUID(int=710 + index),
        serial=serial(index),
        product_id=UUID(int=720 + index),
        variant_id=UUID(int=730 + index),
        manufacturer_id=UUID(int=740),
        origin="sold",
        status="active",
        status_on=starts_on,
        market=MARKETS[locale],
        order_id=None,
        shipment_line_id=None,
        warranty_starts_on=starts_on,
        warranty_months=12,
        replaces_unit_id=None,
        inherited_until=None,
        registered=True,
        sku=article.sku,
        names=article.names,
        product_slug="",
        product_kind="device",
        category="",
        manufacturer="",
        manufacturer_name="",
        rma_route={},
        services=services,
        former_services=(),
    )


def _import(**changes: Any) -> Callable[[str], Mapping[str, Any]]:
    def context(locale: str) -> Mapping[str, Any]:
        facts: dict[str, Any] = {
            "id": UUID(int=800),
            "kind": "registrations",
            "status": "finished",
            "dry_run": False,
            "file_name": FILES[locale],
            "file_id": UUID(int=801),
            "locale": locale,
            "market": MARKETS[locale],
            "account_id": UUID(int=600),
            "partner_id": None,
            "asked_by": "",
            "by_staff": False,
            "identity": "",
            "template_version": 1,
            "rows_total": 1240,
            "rows_done": 1240,
            "rows_new": 1180,
            "rows_same": 57,
            "rows_failed": 3,
            "attachment_ids": (),
            "created_at": at(in_days(0)),
            "started_at": at(in_days(0)),
            "finished_at": at(in_days(0)),
            "failures_forgotten_at": None,
        }
        return import_context(ImportJob(**{**facts, **changes}), NAMES[locale])

    return context


SAMPLES = {
    (kinds.UNIT_REGISTERED, ""): _registered,
    (kinds.UNIT_REGISTERED, "many"): _registered_many,
    (kinds.IMPORT_FINISHED, ""): _import(),
    (kinds.IMPORT_FINISHED, "trial"): _import(dry_run=True, rows_failed=0, rows_new=1183),
    (kinds.IMPORT_FINISHED, "failed"): _import(
        status="failed", rows_done=400, rows_new=400, rows_same=0, rows_failed=0
    ),
}
