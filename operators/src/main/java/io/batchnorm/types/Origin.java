package io.batchnorm.types;

import java.util.Objects;

/**
 * Where a record lies in a partitioned log.
 *
 * @param topic its name
 * @param partition from 0
 * @param offset from 0
 */
public record Origin(String topic, int partition, long offset) {
  public Origin {
    Objects.requireNonNull(topic, "topic");
  }

  /** Such as {@code readings, partition 2, offset 17}. */
  @Override
  public String toString() {
    return "%s, partition %d, offset %d".formatted(topic, partition, offset);
  }
}
