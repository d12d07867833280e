/**
 * Topics of Kafka as inputs and outputs: batches, rejected records, statistics and commands.
 *
 * <p>At the edges: what a topic brings that cannot be read is a rejected record with topic,
 * partition and offset; it neither fails the job nor holds up its partition. Only committed records
 * are read. What the job would have to write larger than a topic takes is rejected before it is
 * normalized, so that it changes no statistics. Secrets are in client properties alone, which no
 * text of these classes shows.
 */
package io.batchnorm.job.kafka;
