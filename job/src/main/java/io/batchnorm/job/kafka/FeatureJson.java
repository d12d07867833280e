package io.batchnorm.job.kafka;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.job.stream.StatisticsJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * An array as a JSON object:
 *
 * <pre>{@code
 * {"id":"a","shape":[2,1],"values":[1,3]}
 * }</pre>
 *
 * <p>{@code id} may be missing. Values are float32 in row-major order; those that JSON has no
 * number for are the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}. Other
 * fields are left alone: records may carry more than this job needs.
 *
 * @param id null if missing
 */
record FeatureJson(String id, NpyArray array) {
  /** No longer text of a float32, with the comma behind it. */
  static final int MAX_VALUE_BYTES = 16;

  private static final int MAX_RANK = 5;
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * Reads one object.
   *
   * @throws io.batchnorm.core.InvalidBatchException if it is none
   */
  static FeatureJson read(byte[] utf8) {
    try (JsonParser json = JSON.createParser(utf8)) {
      return read(json);
    } catch (JacksonException e) {
      throw RecordText.malformed(StatisticsJson.fault(e));
    } catch (IOException e) {
      throw RecordText.malformed("it is no JSON object");
    }
  }

  private static FeatureJson read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw RecordText.malformed(
          "it is no JSON object, wanted {\"id\":…,\"shape\":[…],\"values\":[…]}");
    }
    String id = null;
    int[] shape = null;
    float[] values = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      json.nextToken();
      switch (field) {
        case "id" -> id = id(json);
        case "shape" -> shape = shape(json);
        case "values" -> values = values(json);
        default -> json.skipChildren();
      }
    }
    if (json.nextToken() != null) {
      throw RecordText.malformed("there is more behind the JSON object");
    }
    return new FeatureJson(id, array(shape, values));
  }

  private static String id(JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    if (!json.currentToken().isScalarValue()) {
      throw RecordText.malformed("\"id\" is no text");
    }
    String id = json.getText();
    RecordText.nameFault("id", id)
        .ifPresent(
            fault -> {
              throw RecordText.malformed(fault);
            });
    return id;
  }

  private static int[] shape(JsonParser json) throws IOException {
    startArray(json, "shape");
    int[] shape = new int[MAX_RANK];
    int rank = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 0) {
        throw RecordText.malformed(
            "\"shape\" has %s, wanted whole numbers of 0 or more".formatted(json.getText()));
      }
      if (rank == MAX_RANK) {
        throw RecordText.malformed("\"shape\" has more than %d sizes".formatted(MAX_RANK));
      }
      shape[rank++] = Math.toIntExact(Math.min(json.getLongValue(), Integer.MAX_VALUE));
    }
    return Arrays.copyOf(shape, rank);
  }

  private static float[] values(JsonParser json) throws IOException {
    startArray(json, "values");
    float[] values = new float[64];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      values[count++] = value(json);
    }
    return Arrays.copyOf(values, count);
  }

  private static float value(JsonParser json) throws IOException {
    if (json.currentToken().isNumeric()) {
      return finite(json);
    }
    return switch (json.getText()) {
      case "NaN" -> Float.NaN;
      case "Infinity" -> Float.POSITIVE_INFINITY;
      case "-Infinity" -> Float.NEGATIVE_INFINITY;
      default ->
          throw RecordText.malformed(
              "\"values\" has %s among its numbers".formatted(json.currentToken()));
    };
  }

  /** A number of JSON is finite; one that float32 does not have is another than was meant. */
  private static float finite(JsonParser json) throws IOException {
    float value = json.getFloatValue();
    if (!Float.isFinite(value)) {
      throw RecordText.malformed(
          "\"values\" has %s, which is beyond float32".formatted(json.getText()));
    }
    return value;
  }

  private static void startArray(JsonParser json, String field) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw RecordText.malformed("\"%s\" is no array".formatted(field));
    }
  }

  private static NpyArray array(int[] shape, float[] values) {
    if (shape == null || values == null) {
      throw RecordText.malformed(
          "it has no \"%s\", wanted {\"id\":…,\"shape\":[…],\"values\":[…]}"
              .formatted(shape == null ? "shape" : "values"));
    }
    long wanted = 1;
    for (int size : shape) {
      // More than any array has is as wrong as any other number.
      wanted = Math.min(wanted * size, Integer.MAX_VALUE);
    }
    if (wanted != values.length) {
      throw RecordText.malformed(
          "\"shape\" %s wants another number of values than the %,d that came"
              .formatted(Arrays.toString(shape), values.length));
    }
    return new NpyArray(shape, values);
  }

  /** The object, in UTF-8. */
  static byte[] write(String id, int[] shape, float[] values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + 8 * values.length);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("id", id);
      json.writeFieldName("shape");
      json.writeArray(shape, 0, shape.length);
      json.writeArrayFieldStart("values");
      for (float value : values) {
        json.writeNumber(value);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
