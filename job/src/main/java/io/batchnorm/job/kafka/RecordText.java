package io.batchnorm.job.kafka;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.Origin;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Keys, ids and places of records, which come from outside. */
final class RecordText {
  /** Longer keys and ids are refused: they stand in state, logs and rejected records. */
  static final int MAX_NAME_BYTES = 4096;

  /** Header with the id of a record. */
  static final String ID = "id";

  private RecordText() {}

  static Origin origin(ConsumerRecord<?, ?> record) {
    return new Origin(record.topic(), record.partition(), record.offset());
  }

  /** The id of a record that has none of its own. */
  static String idOf(Origin origin) {
    return "%s/%d/%d".formatted(origin.topic(), origin.partition(), origin.offset());
  }

  /**
   * The record's key.
   *
   * @throws InvalidBatchException if there is none, or it is no text of a name's length
   */
  static String key(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null || record.key().length == 0) {
      throw malformed("the record has no key, wanted the name of its camera, sensor or layer");
    }
    return name("key", record.key());
  }

  /** The record's id, or {@code otherwise} if it has no such header. */
  static String id(ConsumerRecord<byte[], byte[]> record, String otherwise) {
    Header id = record.headers().lastHeader(ID);
    return id == null || id.value() == null ? otherwise : name("header id", id.value());
  }

  private static String name(String what, byte[] bytes) {
    if (bytes.length > MAX_NAME_BYTES) {
      throw malformed(
          "the %s has %,d bytes, wanted %,d at the most"
              .formatted(what, bytes.length, MAX_NAME_BYTES));
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw malformed("the %s is no text in UTF-8".formatted(what));
    }
  }

  static InvalidBatchException malformed(String sentence) {
    return new InvalidBatchException(RejectionReason.MALFORMED_INPUT, sentence);
  }
}
