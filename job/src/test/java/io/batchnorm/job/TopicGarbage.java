package io.batchnorm.job;

import static io.batchnorm.core.RejectionReason.MALFORMED_INPUT;
import static io.batchnorm.core.RejectionReason.UNSUPPORTED_DTYPE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * A record that is no batch.
 *
 * @param id of its header, null for none
 * @param reason for which it must be rejected
 */
record TopicGarbage(byte[] key, byte[] id, byte[] value, RejectionReason reason) {
  /** Of a key that has good records too. */
  private static final byte[] KEY = "cam-3".getBytes(UTF_8);

  private static final byte[] GOOD =
      NpyWriter.toBytes(new NpyArray(new int[] {2, 1}, new float[] {1, 3}));

  ProducerRecord<byte[], byte[]> record(String topic, int partition) {
    return new ProducerRecord<>(
        topic, partition, key, value, id == null ? List.of() : List.of(new RecordHeader("id", id)));
  }

  private static TopicGarbage value(byte[] value) {
    return new TopicGarbage(KEY, null, value, MALFORMED_INPUT);
  }

  private static TopicGarbage text(String value) {
    return value(value.getBytes(UTF_8));
  }

  private static TopicGarbage key(byte[] key) {
    return new TopicGarbage(key, null, GOOD, MALFORMED_INPUT);
  }

  private static TopicGarbage id(byte[] id) {
    return new TopicGarbage(KEY, id, GOOD, MALFORMED_INPUT);
  }

  /** In a topic of arrays. */
  static List<TopicGarbage> npy() {
    byte[] random = new byte[3000];
    new Random(1).nextBytes(random);
    return List.of(
        value(new byte[0]),
        value(null),
        value(random),
        text("{\"id\":\"a\",\"shape\":[2,1],\"values\":[1,3]}"),
        value(Arrays.copyOf(GOOD, GOOD.length - 1)),
        value(header("'descr': '>f4' 'fortran_order': False, 'shape': (2, 1)")),
        value(header("'descr': '<f4', 'fortran_order': False, 'shape': (1048576, 1048576)")),
        value(("PK\3\4" + "\0".repeat(60)).getBytes(ISO_8859_1)),
        new TopicGarbage(
            KEY,
            null,
            header("'descr': '|O', 'fortran_order': False, 'shape': (2, 1)"),
            UNSUPPORTED_DTYPE),
        key(null),
        key(new byte[0]),
        key(new byte[] {'a', (byte) 0xff}),
        key("k".repeat(4097).getBytes(UTF_8)),
        id("i".repeat(4097).getBytes(UTF_8)),
        id(new byte[] {(byte) 0xc3}));
  }

  /** A document of that header and the bytes of two values. */
  private static byte[] header(String fields) {
    String text = "{%s, }".formatted(fields);
    text = text + " ".repeat(117 - text.length()) + "\n";
    byte[] bytes = new byte[128 + 8];
    System.arraycopy(GOOD, 0, bytes, 0, 8);
    bytes[8] = 118;
    System.arraycopy(text.getBytes(UTF_8), 0, bytes, 10, 118);
    return bytes;
  }

  /** In a topic of JSON. */
  static List<TopicGarbage> json() {
    return List.of(
        value(new byte[0]),
        value(null),
        value(GOOD),
        text("{\"shape\":[2,1],\"values\":[1,3],\"values\":[1,3]}"),
        text("{\"values\":[1,3]}"),
        text("{\"shape\":[2,1]}"),
        text("{\"shape\":[-2,-1],\"values\":[1,3]}"),
        text("{\"shape\":[65536,65536,65536,65536],\"values\":[]}"),
        text("{\"shape\":[4294967296,4294967296],\"values\":[]}"),
        text("{\"shape\":[123456789012345678901234567890,1],\"values\":[1]}"),
        text("{\"shape\":[2,1],\"values\":[[1],[3]]}"),
        text("{\"shape\":[2,1],\"values\":[1,3.5e38]}"),
        text("{\"shape\":[2,1],\"values\":[1,-1e999]}"),
        text("{\"shape\":[2,1],\"values\":[1,NaN]}"),
        text("{\"shape\":[2,1],\"values\":[1,\"3\"]}"),
        text("{\"shape\":[2,1],\"values\":[1,null]}"),
        text("{\"shape\":[2,1],\"values\":[1,3]} {}"),
        text("{\"shape\":[2,1],\"values\":[1,3]}]"),
        text("{\"shape\":[2,1],\"values\":[1,3]"),
        value("{\"id\":\"\u00ff\",\"shape\":[2,1],\"values\":[1,3]}".getBytes(ISO_8859_1)),
        text("{\"more\":" + "[".repeat(100_000)),
        text("{\"shape\":[" + "1,".repeat(39) + "1],\"values\":[1]}"),
        text("{\"id\":{},\"shape\":[2,1],\"values\":[1,3]}"),
        text("{\"id\":\"\\ud800\",\"shape\":[2,1],\"values\":[1,3]}"),
        text("{\"id\":\"" + "i".repeat(5000) + "\",\"shape\":[2,1],\"values\":[1,3]}"),
        text("{\"shape\":[\"" + "1".repeat(3_000_000) + "\"],\"values\":[1,3]}"),
        key(new byte[] {'a', (byte) 0xff}));
  }
}
