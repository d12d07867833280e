package io.batchnorm.job;

import io.batchnorm.job.kafka.TopicInfo;
import java.util.ArrayList;
import java.util.List;

/** A topic of a run, and what it is for. */
record TopicUse(Role role, String topic) {
  /** What a topic is for. */
  enum Role {
    INPUT("--input"),
    OUTPUT("--output"),
    REJECTED("--rejected"),
    STATISTICS("--statistics-stream"),
    FOLLOWED("--statistics-from"),
    CONTROL("--control");

    private final String option;

    Role(String option) {
      this.option = option;
    }

    /** The option that names it. */
    String option() {
      return option;
    }

    /** Whether the job writes to it, else it reads it. */
    boolean isWritten() {
      return this == OUTPUT || this == REJECTED || this == STATISTICS;
    }
  }

  /** Topics among locations, which may be null. */
  static final class Collector {
    private final List<TopicUse> uses = new ArrayList<>();

    Collector add(Role role, Location location) {
      if (location != null && location.isTopic()) {
        uses.add(new TopicUse(role, location.topic()));
      }
      return this;
    }

    List<TopicUse> uses() {
      return List.copyOf(uses);
    }
  }

  /** The topic as it should be made. */
  TopicInfo wanted(int partitions, int maxBytes) {
    boolean compacted = role == Role.STATISTICS || role == Role.FOLLOWED;
    return new TopicInfo(topic, role == Role.CONTROL ? 1 : partitions, maxBytes, compacted);
  }
}
