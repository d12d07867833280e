package io.batchnorm.job;

import io.batchnorm.job.kafka.KafkaControl;
import io.batchnorm.job.kafka.KafkaFaultException;
import io.batchnorm.job.kafka.KafkaStatistics;
import io.batchnorm.job.stream.FilePosition;
import io.batchnorm.job.stream.StatisticsStream;
import java.util.List;

/** Reads what the topics of commands and statistics hold before the first record. */
final class TopicChecks {
  private final RunCommand given;
  private final RunLocations locations;
  private final KafkaOptions kafka;
  private final List<String> faults;
  private LiveTopics live = LiveTopics.NONE;

  /**
   * @param kafka null if no topic can be read
   * @param faults to which the faults are added
   */
  TopicChecks(RunCommand given, RunLocations locations, KafkaOptions kafka, List<String> faults) {
    this.given = given;
    this.locations = locations;
    this.kafka = kafka;
    this.faults = faults;
  }

  /** Whether commands come from a topic. */
  boolean isControlled() {
    return locations.control() != null && locations.control().isTopic();
  }

  /** Commands that are in force before the first record. */
  Commands control() {
    if (kafka == null) {
      return Commands.EMPTY;
    }
    String topic = locations.control().topic();
    try {
      KafkaControl.Content content =
          kafka.isMissing(topic)
              ? KafkaControl.Content.EMPTY
              : KafkaControl.read(kafka.connection(), topic, given.wantsCount());
      if (isUnbounded()) {
        live = live.withControl(topic, content.ends());
      }
      return new Commands(content.directives(), content.rejected());
    } catch (KafkaFaultException e) {
      faults.add("--control: %s".formatted(e.getMessage()));
      return Commands.EMPTY;
    }
  }

  /** Statistics that are there before the first record; null if they come from no topic. */
  StatisticsStream.Content statistics() {
    if (kafka == null
        || locations.statisticsFrom() == null
        || !locations.statisticsFrom().isTopic()) {
      return null;
    }
    String topic = locations.statisticsFrom().topic();
    try {
      KafkaStatistics.Content content =
          kafka.isMissing(topic)
              ? KafkaStatistics.Content.EMPTY
              : KafkaStatistics.read(kafka.connection(), topic);
      if (isUnbounded()) {
        live = live.withStatistics(topic, content.ends());
      }
      return new StatisticsStream.Content(content.newest(), FilePosition.START, content.rejected());
    } catch (KafkaFaultException e) {
      faults.add("--statistics-from: %s".formatted(e.getMessage()));
      return null;
    }
  }

  private boolean isUnbounded() {
    return !locations.readsFiles() && !kafka.bounded();
  }

  /** What is followed while the job runs. */
  LiveTopics live() {
    return live;
  }
}
