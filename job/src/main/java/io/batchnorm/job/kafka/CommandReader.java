package io.batchnorm.job.kafka;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.job.control.CommandJson;
import io.batchnorm.job.control.MalformedCommandException;
import io.batchnorm.types.Directive;
import io.batchnorm.types.RejectedRecord;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes directives of records, each of which is one command. It may not name a file: whoever writes
 * to a topic should not choose what a machine of the cluster reads.
 */
final class CommandReader implements KafkaRecordDeserializationSchema<TopicCommand> {
  private static final long serialVersionUID = 1L;

  /** As the lines of a statistics stream, which a load may bring whole. */
  private static final int MAX_BYTES = 1 << 24;

  private final boolean wantsCount;

  /**
   * @param wantsCount whether statistics to load must say how many values are behind them
   */
  CommandReader(boolean wantsCount) {
    this.wantsCount = wantsCount;
  }

  @Override
  public TypeInformation<TopicCommand> getProducedType() {
    return Types.POJO(TopicCommand.class);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<TopicCommand> commands) {
    read(record).forEach(commands::collect);
  }

  /** What a record is, nothing if it is blank; never fails. */
  List<TopicCommand> read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return directives(record.value()).stream()
          .map(directive -> new TopicCommand(directive, null))
          .toList();
    } catch (MalformedCommandException e) {
      RejectedRecord rejected =
          RecordText.rejected(
              record,
              e.key(),
              RecordText.idOf(RecordText.origin(record)),
              RejectionReason.MALFORMED_COMMAND,
              e.getMessage());
      return List.of(new TopicCommand(null, rejected));
    }
  }

  private List<Directive> directives(byte[] value) throws MalformedCommandException {
    if (value == null) {
      throw new MalformedCommandException("", "the record has no value, wanted a command");
    }
    if (value.length > MAX_BYTES) {
      throw new MalformedCommandException(
          "",
          "the command has %,d bytes, wanted %,d at the most".formatted(value.length, MAX_BYTES));
    }
    List<Directive> directives =
        CommandJson.read(
            value,
            wantsCount,
            (file, key) -> {
              throw new MalformedCommandException(
                  key,
                  "\"file\" is for control files, a topic brings \"statistics\" in the command itself");
            });
    for (Directive directive : directives) {
      Optional<String> fault = RecordText.nameFault("key", directive.key());
      if (fault.isPresent()) {
        throw new MalformedCommandException(directive.key(), fault.get());
      }
    }
    return directives;
  }
}
