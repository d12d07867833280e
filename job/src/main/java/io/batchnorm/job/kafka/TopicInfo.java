package io.batchnorm.job.kafka;

/**
 * What brokers say of a topic.
 *
 * @param partitions how many
 * @param maxMessageBytes of a record with all around it
 * @param compacted whether it keeps the last record of each key
 */
public record TopicInfo(String name, int partitions, int maxMessageBytes, boolean compacted) {}
