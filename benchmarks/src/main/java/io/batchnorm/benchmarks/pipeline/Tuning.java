package io.batchnorm.benchmarks.pipeline;

import java.util.List;

/**
 * What whoever runs a cluster may set.
 *
 * @param segmentKib size of Flink's memory segments
 * @param objectReuse whether Flink hands records of a mutable type from one operator of a chain to
 *     the next without a copy
 * @param jvmOption one more option of the JVM, empty for none
 */
record Tuning(int segmentKib, boolean objectReuse, String jvmOption) {
  /** As the embedded runner has it. */
  static final Tuning EMBEDDED = new Tuning(1024, false, "");

  Tuning withSegmentKib(int other) {
    return new Tuning(other, objectReuse, jvmOption);
  }

  Tuning withObjectReuse() {
    return new Tuning(segmentKib, true, jvmOption);
  }

  Tuning withJvmOption(String other) {
    return new Tuning(segmentKib, objectReuse, other);
  }

  List<String> jvmOptions() {
    return jvmOption.isEmpty() ? List.of() : List.of(jvmOption);
  }

  /** What is not as the embedded runner has it. */
  @Override
  public String toString() {
    String segments =
        segmentKib == EMBEDDED.segmentKib ? "" : ", segments of %d KiB".formatted(segmentKib);
    String reuse = objectReuse ? ", object reuse" : "";
    String option = jvmOption.isEmpty() ? "" : ", " + jvmOption;
    return segments + reuse + option;
  }
}
