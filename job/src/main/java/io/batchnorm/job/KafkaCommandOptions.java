package io.batchnorm.job;

import io.batchnorm.job.kafka.Delivery;
import io.batchnorm.job.kafka.Format;
import picocli.CommandLine.Option;

/** The options about topics, as given; {@link KafkaChecks} checks them. */
final class KafkaCommandOptions {
  @Option(
      names = "--kafka-bootstrap",
      paramLabel = "HOST:PORT",
      description = "Brokers of the topics; more than one with commas between them")
  String bootstrap;

  @Option(
      names = "--kafka-properties",
      paramLabel = "FILE",
      description =
          "Settings of Kafka's clients, such as those of TLS and SASL, as NAME=VALUE lines; secrets"
              + " belong here")
  String properties;

  @Option(
      names = "--format",
      paramLabel = "npy|json",
      description = {
        "The values of records in topics. npy: what np.save writes;",
        "json: {\"id\":\"a\",\"shape\":[2,1],\"values\":[1,3]}. Default: npy"
      })
  Format format;

  @Option(
      names = "--delivery",
      paramLabel = "exactly-once|at-least-once",
      description =
          "To topics: exactly once, visible with each checkpoint, or at once and perhaps twice"
              + " after a failure. Default: exactly-once")
  String delivery;

  @Option(
      names = "--bounded",
      description =
          "kafka input: stop at the end that the topic has now, instead of waiting for more")
  boolean bounded;

  @Option(
      names = "--kafka-create-topics",
      paramLabel = "N",
      description = "Make the topics that are missing, with N partitions (the control topic: 1)")
  Integer createTopics;

  @Option(
      names = "--kafka-max-bytes",
      paramLabel = "N",
      description =
          "Reject records whose value is larger. Default: 33619968, 32 MiB and the header of an"
              + " array")
  Integer maxBytes;

  /** The delivery that was asked for; null if it is none. */
  Delivery delivery() {
    if (delivery == null || delivery.equalsIgnoreCase("exactly-once")) {
      return Delivery.EXACTLY_ONCE;
    }
    return delivery.equalsIgnoreCase("at-least-once") ? Delivery.AT_LEAST_ONCE : null;
  }

  /** The first option that only topics have; null if none was given. */
  String firstGiven() {
    if (bootstrap != null) {
      return "--kafka-bootstrap";
    }
    if (properties != null) {
      return "--kafka-properties";
    }
    if (format != null) {
      return "--format";
    }
    if (delivery != null) {
      return "--delivery";
    }
    if (bounded) {
      return "--bounded";
    }
    if (createTopics != null) {
      return "--kafka-create-topics";
    }
    return maxBytes == null ? null : "--kafka-max-bytes";
  }
}
