package io.batchnorm.benchmarks.pipeline;

import java.util.List;

/**
 * What whoever runs a cluster may set.
 *
 * @param segmentKib size of Flink's memory segments
 * @param objectReuse whether Flink hands records of a mutable type from one operator of a chain to
 *     the next without a copy
 * @param youngMib size of the heap's young generation, 0 for what the JVM thinks best
 */
record Tuning(int segmentKib, boolean objectReuse, int youngMib) {
  /** As the embedded runner has it. */
  static final Tuning EMBEDDED = new Tuning(256, false, 0);

  Tuning withSegmentKib(int other) {
    return new Tuning(other, objectReuse, youngMib);
  }

  Tuning withObjectReuse() {
    return new Tuning(segmentKib, true, youngMib);
  }

  Tuning withYoungMib(int other) {
    return new Tuning(segmentKib, objectReuse, other);
  }

  List<String> jvmOptions() {
    return youngMib == 0 ? List.of() : List.of("-Xmn%dm".formatted(youngMib));
  }

  /** What is not as the embedded runner has it. */
  @Override
  public String toString() {
    String segments =
        segmentKib == EMBEDDED.segmentKib ? "" : ", segments of %d KiB".formatted(segmentKib);
    String reuse = objectReuse ? ", object reuse" : "";
    String young = youngMib == 0 ? "" : ", young generation of %d MiB".formatted(youngMib);
    return segments + reuse + young;
  }
}
