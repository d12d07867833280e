package io.batchnorm.job.kafka;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.Origin;
import io.batchnorm.types.RejectedRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Keys, ids and places of records, which come from outside. */
final class RecordText {
  /** Longer keys and ids are refused: they stand in state, logs and rejected records. */
  static final int MAX_NAME_BYTES = 4096;

  /** Header with the id of a record. */
  static final String ID = "id";

  /** What a rejected record says is as long at the most, whatever the record holds. */
  private static final int MAX_MESSAGE = 1000;

  private RecordText() {}

  static Origin origin(ConsumerRecord<?, ?> record) {
    return new Origin(record.topic(), record.partition(), record.offset());
  }

  /** The id of a record that has none of its own. */
  static String idOf(Origin origin) {
    return "%s/%d/%d".formatted(origin.topic(), origin.partition(), origin.offset());
  }

  /**
   * The rejected record of one that cannot be read. Parsers quote what they find, so its parts are
   * cut: it must fit into a topic itself.
   *
   * @param key of the record, empty if it has none of use
   * @param message what is wrong, perhaps with the place before it
   */
  static RejectedRecord rejected(
      ConsumerRecord<?, ?> record, String key, String id, RejectionReason reason, String message) {
    Origin origin = origin(record);
    String place = origin.toString();
    String sentence = message.startsWith(place) ? message : place + ": " + message;
    return new RejectedRecord(cut(key, MAX_NAME_BYTES), id, reason, cut(sentence, MAX_MESSAGE))
        .from(origin);
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 3) + "...";
  }

  /**
   * What keeps a text from being a key or id, if anything does. JSON can name half of a surrogate
   * pair, which no encoder writes.
   */
  static Optional<String> nameFault(String what, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      return Optional.of("the %s has half a surrogate pair, which is no text".formatted(what));
    }
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    return bytes > MAX_NAME_BYTES ? Optional.of(tooLong(what, bytes)) : Optional.empty();
  }

  private static String tooLong(String what, int bytes) {
    return "the %s has %,d bytes, wanted %,d at the most".formatted(what, bytes, MAX_NAME_BYTES);
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
      throw malformed(tooLong(what, bytes.length));
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
