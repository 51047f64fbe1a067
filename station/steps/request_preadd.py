"""Op 80: a unit that passed is to be added to the product."""

from station.domain.events import PreAddRequested
from station.domain.faults import EvidenceMissing
from station.engine.op import Op
from station.steps.agree import agree


def request_preadd(op: Op) -> None:
    """Put the unit on the list of devices to be added; the request is stored together with the PASS.

    Nothing is sent: a list is exported for the console, so that no station needs a token. A unit whose names nobody
    has found to belong together, on a sheet without the step that does, has to show it now.
    """
    if op.record.bound is None:
        agree(op, last=True)
    device = op.record.device_id
    if device is None or op.record.sealed is None:
        raise EvidenceMissing("the unit is not sealed, or no witness named it")
    product = op.release.product
    op.with_verdict(
        PreAddRequested(device_id=device, serial=op.record.serial, product_id=product.id if product else None)
    )
