"""All sections together."""

from edge.config.archive import ArchiveSection
from edge.config.base import Section
from edge.config.categories import CategoriesSection
from edge.config.certify import CertifySection
from edge.config.console import ConsoleSection
from edge.config.delivery import DeliverySection
from edge.config.drift import DriftSection
from edge.config.exposure import ExposureSection
from edge.config.gps import GpsSection
from edge.config.hotlist import HotlistSection
from edge.config.law import LawSection
from edge.config.led import LedSection
from edge.config.metrics import MetricsSection
from edge.config.models import DetectorSection, ReaderSection
from edge.config.policy import PolicySection
from edge.config.reads import ReadsSection
from edge.config.record import RecordSection
from edge.config.search import SearchSection
from edge.config.service import ServiceSection
from edge.config.sharing import SharingSection
from edge.config.source import GateSection, SourceSection
from edge.config.store import StoreSection
from edge.config.tracking import TrackingSection
from edge.config.tuning import TuningSection
from edge.config.unit import ClockSection, KeysSection, LogSection, RuntimeSection, UnitSection
from edge.config.update import UpdateSection
from edge.config.webhook import WebhookSection
from edge.config.zones import ZonesSection


class Settings(Section):
    """The effective settings of one unit; only composition roots hold the whole."""

    unit: UnitSection
    gps: GpsSection
    keys: KeysSection
    clock: ClockSection
    log: LogSection
    runtime: RuntimeSection
    led: LedSection
    source: SourceSection
    exposure: ExposureSection
    gate: GateSection
    zones: ZonesSection
    detector: DetectorSection
    reader: ReaderSection
    tracking: TrackingSection
    hotlist: HotlistSection
    policy: PolicySection
    categories: CategoriesSection
    law: LawSection
    reads: ReadsSection
    search: SearchSection
    record: RecordSection
    certify: CertifySection
    drift: DriftSection
    store: StoreSection
    delivery: DeliverySection
    webhook: WebhookSection
    metrics: MetricsSection
    console: ConsoleSection
    archive: ArchiveSection
    sharing: SharingSection
    tuning: TuningSection
    service: ServiceSection
    update: UpdateSection
