package io.batchnorm.job.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.Origin;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Records as JSON objects, one a line. Numbers that JSON does not have are the strings {@code
 * "NaN"}, {@code "Infinity"} and {@code "-Infinity"}.
 */
public final class JsonLines {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private JsonLines() {}

  /** {@code key, id, mode, num_batches_tracked, shape, values}. */
  static void write(NormalizedBatch batch, boolean sample, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("key", batch.key());
      json.writeStringField("id", batch.ids().get(0));
      json.writeStringField("mode", batch.mode().code());
      json.writeNumberField("num_batches_tracked", batch.numBatchesTracked());
      writeShape(batch.features().shape(), sample ? 1 : 0, json);
      writeValues(batch.features().values(), json);
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void writeShape(int[] shape, int from, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("shape");
    for (int i = from; i < shape.length; i++) {
      json.writeNumber(shape[i]);
    }
    json.writeEndArray();
  }

  private static void writeValues(float[] values, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("values");
    for (float value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }

  /** {@code key, id, reason, message}, and from a topic {@code topic, partition, offset}. */
  static void write(RejectedRecord rejected, OutputStream out) throws IOException {
    out.write(object(rejected));
    out.write('\n');
  }

  /** Half a surrogate pair, which JSON can name and nobody can write, is a question mark. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** The object of a rejected record alone, in UTF-8. */
  public static byte[] object(RejectedRecord rejected) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("key", wellFormed(rejected.key()));
      json.writeStringField("id", wellFormed(rejected.id()));
      json.writeStringField("reason", rejected.reason().code());
      json.writeStringField("message", wellFormed(rejected.message()));
      if (rejected.origin().isPresent()) {
        Origin origin = rejected.origin().get();
        json.writeStringField("topic", origin.topic());
        json.writeNumberField("partition", origin.partition());
        json.writeNumberField("offset", origin.offset());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
