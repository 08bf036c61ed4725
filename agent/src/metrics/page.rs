//! The few words of `OpenMetrics` that the reports use.
//!
//! Step: sink. A thin cover over the crate that writes the text: names, units and suffixes are
//! its work.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::Unit;

use super::Latency;

/// Where metrics are written.
pub(crate) struct Page<'e> {
    encoder: DescriptorEncoder<'e>,
}

/// Names a metric and says what it is, in one sentence without its full stop.
#[derive(Clone, Copy)]
pub(crate) struct About(pub(crate) &'static str, pub(crate) &'static str);

/// The names and the values of a series' labels.
type Labels<'l> = [(&'static str, &'l str)];

impl<'e> Page<'e> {
    pub(super) fn new(encoder: DescriptorEncoder<'e>) -> Self {
        Self { encoder }
    }

    /// A counter without labels.
    pub(crate) fn counter(&mut self, about: About, count: u64) -> fmt::Result {
        self.number(about, None, MetricType::Counter, count)
    }

    /// A counter of bytes.
    pub(crate) fn bytes_counter(&mut self, about: About, count: u64) -> fmt::Result {
        self.number(about, Some(&Unit::Bytes), MetricType::Counter, count)
    }

    /// A gauge without labels.
    pub(crate) fn gauge(&mut self, about: About, value: u64) -> fmt::Result {
        self.number(about, None, MetricType::Gauge, value)
    }

    /// A gauge of bytes.
    pub(crate) fn bytes_gauge(&mut self, about: About, value: u64) -> fmt::Result {
        self.number(about, Some(&Unit::Bytes), MetricType::Gauge, value)
    }

    /// A moment, in seconds since 1970.
    pub(crate) fn moment(&mut self, about: About, seconds: f64) -> fmt::Result {
        let About(name, help) = about;
        let unit = Unit::Seconds;
        self.encoder
            .encode_descriptor(name, help, Some(&unit), MetricType::Gauge)?
            .encode_gauge(&seconds)
    }

    /// What never changes while the program runs, as labels.
    pub(crate) fn info(&mut self, about: About, labels: &Labels<'_>) -> fmt::Result {
        let About(name, help) = about;
        self.encoder
            .encode_descriptor(name, help, None, MetricType::Info)?
            .encode_info(&labels)
    }

    /// Counters of one name that differ in their labels.
    pub(crate) fn counters<'l, const N: usize>(
        &mut self,
        about: About,
        names: [&'static str; N],
        series: impl IntoIterator<Item = ([&'l str; N], u64)>,
    ) -> fmt::Result {
        self.series(about, None, MetricType::Counter, names, series)
    }

    /// Counters of bytes of one name that differ in their labels.
    pub(crate) fn bytes_counters<'l, const N: usize>(
        &mut self,
        about: About,
        names: [&'static str; N],
        series: impl IntoIterator<Item = ([&'l str; N], u64)>,
    ) -> fmt::Result {
        let unit = Some(&Unit::Bytes);
        self.series(about, unit, MetricType::Counter, names, series)
    }

    /// Gauges of one name that differ in their labels.
    pub(crate) fn gauges<'l, const N: usize>(
        &mut self,
        about: About,
        names: [&'static str; N],
        series: impl IntoIterator<Item = ([&'l str; N], u64)>,
    ) -> fmt::Result {
        self.series(about, None, MetricType::Gauge, names, series)
    }

    /// How long something took.
    pub(crate) fn latency(&mut self, about: About, latency: &Latency) -> fmt::Result {
        let About(name, help) = about;
        let (sum, count, buckets) = latency.read();
        self.encoder
            .encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn number(
        &mut self,
        About(name, help): About,
        unit: Option<&Unit>,
        kind: MetricType,
        value: u64,
    ) -> fmt::Result {
        let mut encoder = self.encoder.encode_descriptor(name, help, unit, kind)?;
        match kind {
            MetricType::Counter => encoder.encode_counter(&value, NO_EXEMPLAR),
            _ => encoder.encode_gauge(&value),
        }
    }

    fn series<'l, const N: usize>(
        &mut self,
        About(name, help): About,
        unit: Option<&Unit>,
        kind: MetricType,
        names: [&'static str; N],
        series: impl IntoIterator<Item = ([&'l str; N], u64)>,
    ) -> fmt::Result {
        let mut family = self.encoder.encode_descriptor(name, help, unit, kind)?;
        for (values, value) in series {
            let labels: Vec<_> = names.into_iter().zip(values).collect();
            let mut encoder = family.encode_family(&labels)?;
            match kind {
                MetricType::Counter => encoder.encode_counter(&value, NO_EXEMPLAR)?,
                _ => encoder.encode_gauge(&value)?,
            }
        }
        Ok(())
    }
}

const NO_EXEMPLAR: Option<&Exemplar<NoLabelSet, u64>> = None;
