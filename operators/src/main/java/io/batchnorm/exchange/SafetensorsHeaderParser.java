package io.batchnorm.exchange;

import java.io.IOException;
import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadConstraints;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadFeature;

/**
 * Reads the JSON of a safetensors header token by token. Each tensor has exactly {@code dtype},
 * {@code shape} and {@code data_offsets}; the metadata has strings only; nothing comes twice.
 */
final class SafetensorsHeaderParser {

  private static final int MAX_DEPTH = 8;
  private static final int MAX_DIGITS = 32;

  /** Names are not kept in Jackson's tables: they come from strangers and are seen once. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_DIGITS)
                  .maxStringLength(SafetensorsHeader.MAX_BYTES)
                  .build())
          .build();

  private final String file;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  SafetensorsHeaderParser(String file) {
    this.file = file;
  }

  Map<String, TensorInfo> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  /**
   * Reads the whole text, which must be one JSON object.
   *
   * @throws ExchangeException if it is not such a header
   */
  void parse(CharBuffer text) throws ExchangeException {
    try (JsonParser json =
        JSON.createParser(text.array(), text.arrayOffset() + text.position(), text.remaining())) {
      json.nextToken(); // the opening brace, which the header is known to start with
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        member(json);
      }
      if (json.nextToken() != null) {
        throw ExchangeException.malformed(file, "its header goes on after the closing brace");
      }
    } catch (ExchangeException e) {
      throw e;
    } catch (JsonProcessingException e) {
      throw ExchangeException.malformed(
          file, "its header is not valid JSON: " + Texts.clean(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be read", e);
    }
  }

  private void member(JsonParser json) throws IOException {
    String name = checkedText(json.currentName());
    if (name.equals(Safetensors.METADATA_KEY)) {
      metadata(json);
      return;
    }
    tensors.put(name, tensor(json, name));
  }

  private void metadata(JsonParser json) throws IOException {
    expect(json.nextToken(), JsonToken.START_OBJECT, Safetensors.METADATA_KEY, "value");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = checkedText(json.currentName());
      expect(json.nextToken(), JsonToken.VALUE_STRING, Safetensors.METADATA_KEY, key);
      metadata.put(key, checkedText(json.getText()));
    }
  }

  private TensorInfo tensor(JsonParser json, String name) throws IOException {
    expect(json.nextToken(), JsonToken.START_OBJECT, name, "value");
    DType dtype = null;
    long[] shape = null;
    long[] offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      switch (field) {
        case "dtype" -> dtype = dtype(json, name);
        case "shape" -> shape = numbers(json, name, field, Shapes.MAX_RANK);
        case "data_offsets" -> offsets = numbers(json, name, field, 2);
        default ->
            throw malformed(
                name,
                "has the field %s, expected only dtype, shape and data_offsets"
                    .formatted(Texts.quote(field)));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw malformed(name, "lacks a field, expected dtype, shape and data_offsets");
    }
    return checkedTensor(name, dtype, shape, offsets);
  }

  private TensorInfo checkedTensor(String name, DType dtype, long[] shape, long[] offsets)
      throws ExchangeException {
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw malformed(
          name,
          "has data_offsets %s, expected [begin, end] with begin not above end"
              .formatted(Arrays.toString(offsets)));
    }
    long found = offsets[1] - offsets[0];
    long needed = dtype.byteLength(shape);
    if (needed != found) {
      throw malformed(
          name,
          "has %d bytes, but shape %s of %s needs %s"
              .formatted(
                  found,
                  Shapes.text(shape),
                  dtype,
                  needed == Shapes.OVERFLOW
                      ? "more than 2^63 bits or part of a byte"
                      : Long.toString(needed)));
    }
    return new TensorInfo(name, dtype, shape, offsets[0], offsets[1]);
  }

  private DType dtype(JsonParser json, String name) throws IOException {
    expect(json.nextToken(), JsonToken.VALUE_STRING, name, "dtype");
    String dtype = json.getText();
    Optional<DType> known = DType.named(dtype);
    if (known.isEmpty()) {
      throw ExchangeException.unsupported(
          file,
          "tensor %s has dtype %s, expected one of %s"
              .formatted(Texts.quote(name), Texts.quote(dtype), Arrays.toString(DType.values())));
    }
    return known.get();
  }

  private long[] numbers(JsonParser json, String name, String field, int most) throws IOException {
    expect(json.nextToken(), JsonToken.START_ARRAY, name, field);
    long[] numbers = new long[most];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, name, field);
      if (json.getTextCharacters()[json.getTextOffset()] == '-') {
        throw malformed(name, "has a negative number in its " + field);
      }
      if (count == most) {
        throw ExchangeException.tooLarge(
            file,
            "tensor %s has a %s of more than %d numbers".formatted(Texts.quote(name), field, most));
      }
      numbers[count++] = json.getLongValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private void expect(JsonToken found, JsonToken wanted, String name, String field)
      throws ExchangeException {
    if (found != wanted) {
      throw malformed(
          name,
          "has %s as its %s, expected %s"
              .formatted(describe(found), Texts.clean(field), describe(wanted)));
    }
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "an integer";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or exponent";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      default -> "null";
    };
  }

  /** Refuses half of a surrogate pair, which JSON can spell but UTF-8 cannot. */
  private String checkedText(String text) throws ExchangeException {
    if (!Texts.isUnicode(text)) {
      throw ExchangeException.malformed(
          file, "its header has a name or text with half of a surrogate pair");
    }
    return text;
  }

  private ExchangeException malformed(String name, String sentence) {
    String kind = name.equals(Safetensors.METADATA_KEY) ? "" : "tensor ";
    return ExchangeException.malformed(file, kind + Texts.quote(name) + " " + sentence);
  }
}
