"""An accepted item is replaced: a free order that is linked to the return (RMA-3, RMA-18)."""

from __future__ import annotations

from store.catalog import load_variants
from store.kernel import clock, db, outbox
from store.orders.open_service_order import ServiceLine
from store.rma import history
from store.rma.credit_unit import keep_goods
from store.rma.desk_errors import ArticleNotSold
from store.rma.find_returns import WholeReturn
from store.rma.open_order import open_order
from store.rma.send_back_unit import give_up_repair
from store.rma.statuses import Outcome
from store.rma.write_unit import item_of, set_unit


async def replace_unit(whole: WholeReturn, unit: db.Row) -> None:
    """It stays open until the replacement has left. The return is locked. Raises ArticleNotSold."""
    rma = whole.rma
    variant = (await load_variants(rma["market"], ids=[unit["variant_id"]])).get(unit["variant_id"])
    if variant is None or variant.sells == "unavailable":
        raise ArticleNotSold(sku=unit["sku"])
    line = ServiceLine(
        variant_id=variant.variant_id,
        product_id=variant.product_id,
        sku=variant.sku,
        names=variant.names,
        serialized=variant.serialized,
        tracks_stock=variant.tracks_stock,
        kind="device",
    )
    order = await open_order(rma, "replacement", line)
    await set_unit(unit, outcome=Outcome.REPLACED, outcome_at=clock.now(), replacement_order_id=order.order_id)
    await history.record(rma["id"], "unit_replaced", unit_id=unit["id"], item=item_of(unit), order=order.number)
    await give_up_repair(unit)
    await outbox.stage("rma.unit_settled", rma_id=rma["id"], rma_unit_id=unit["id"])
    await keep_goods(whole, unit)
