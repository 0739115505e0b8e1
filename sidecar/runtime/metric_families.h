// What other parts count, as Prometheus reads it.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace vlr {

struct MetricsSnapshot;

// Queue, batches, decoders, object cache, process, GPU, certificate; counters end in _total, and what has no
// value (a GPU that is not there) is left out.
std::vector<prometheus::MetricFamily> FamiliesOf(const MetricsSnapshot& snapshot);

}  // namespace vlr
