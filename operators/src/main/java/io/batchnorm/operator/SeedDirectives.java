package io.batchnorm.operator;

import io.batchnorm.types.Directive;
import io.batchnorm.types.DirectiveSerializer;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Directives that are in force before the first record, shipped with the job as bytes. The
 * fingerprint tells whether a restored job has taken them in already.
 */
final class SeedDirectives implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int count;
  private final byte[] bytes;

  private SeedDirectives(int count, byte[] bytes) {
    this.count = count;
    this.bytes = bytes;
  }

  static SeedDirectives of(List<Directive> directives) {
    DirectiveSerializer serializer = new DirectiveSerializer();
    DataOutputSerializer out = new DataOutputSerializer(256);
    try {
      for (Directive directive : directives) {
        serializer.serialize(directive, out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new SeedDirectives(directives.size(), out.getCopyOfBuffer());
  }

  boolean isEmpty() {
    return count == 0;
  }

  List<Directive> directives() throws IOException {
    DirectiveSerializer serializer = new DirectiveSerializer();
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    List<Directive> directives = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      directives.add(serializer.deserialize(in));
    }
    return directives;
  }

  /** SHA-256 of the bytes, in hexadecimal. */
  String fingerprint() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
