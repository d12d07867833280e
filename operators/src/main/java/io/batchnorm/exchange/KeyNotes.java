package io.batchnorm.exchange;

import io.batchnorm.core.InputRank;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadFeature;

/**
 * {@link KeyNote}s as the text of one metadata entry, keys in order and only what is known:
 *
 * <pre>{@code
 * {"cam1":{"frozen":true,"input_rank":"2d","batches":80},"cam2":{"input_rank":"1d"}}
 * }</pre>
 */
final class KeyNotes {
  /** The name of the metadata entry. */
  static final String ENTRY = "batchnorm.keys";

  private static final String FROZEN = "frozen";
  private static final String INPUT_RANK = "input_rank";
  private static final String BATCHES = "batches";
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private KeyNotes() {}

  /** The text, empty if nothing is known of any key. */
  static Optional<String> format(Map<String, KeyNote> notes) {
    SortedMap<String, KeyNote> known = new TreeMap<>(notes);
    known.values().removeIf(KeyNote.NONE::equals);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      for (Map.Entry<String, KeyNote> entry : known.entrySet()) {
        json.writeFieldName(entry.getKey());
        write(entry.getValue(), json);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    }
    return Optional.of(text.toString());
  }

  private static void write(KeyNote note, JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (note.frozen()) {
      json.writeBooleanField(FROZEN, true);
    }
    if (note.inputRank().isPresent()) {
      json.writeStringField(INPUT_RANK, code(note.inputRank().get()));
    }
    if (note.batches() != KeyNote.UNKNOWN_BATCHES) {
      json.writeNumberField(BATCHES, note.batches());
    }
    json.writeEndObject();
  }

  private static String code(InputRank rank) {
    return switch (rank) {
      case ONE_D -> "1d";
      case TWO_D -> "2d";
      case THREE_D -> "3d";
    };
  }

  /**
   * Reads the text.
   *
   * @param file the name used in errors
   * @throws ExchangeException if it is no such text
   */
  static SortedMap<String, KeyNote> parse(String text, String file) throws ExchangeException {
    SortedMap<String, KeyNote> notes = new TreeMap<>();
    try (JsonParser json = JSON.createParser(text)) {
      expect(json.nextToken(), JsonToken.START_OBJECT, file);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        notes.put(json.currentName(), note(json, file));
      }
      expect(json.nextToken(), null, file);
    } catch (ExchangeException e) {
      throw e;
    } catch (JsonProcessingException e) {
      throw malformed(file, Texts.clean(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be read", e);
    }
    return notes;
  }

  private static KeyNote note(JsonParser json, String file) throws IOException {
    boolean frozen = false;
    Optional<InputRank> rank = Optional.empty();
    long batches = KeyNote.UNKNOWN_BATCHES;
    expect(json.nextToken(), JsonToken.START_OBJECT, file);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      switch (field) {
        case FROZEN -> frozen = value == JsonToken.VALUE_TRUE;
        case INPUT_RANK -> rank = Optional.of(rank(json.getText(), file));
        case BATCHES -> batches = batches(json, file);
        default -> json.skipChildren(); // A later version may know more.
      }
    }
    return new KeyNote(frozen, rank, batches);
  }

  private static InputRank rank(String code, String file) throws ExchangeException {
    return switch (code) {
      case "1d" -> InputRank.ONE_D;
      case "2d" -> InputRank.TWO_D;
      case "3d" -> InputRank.THREE_D;
      default ->
          throw malformed(
              file, "%s is %s, expected 1d, 2d or 3d".formatted(INPUT_RANK, Texts.quote(code)));
    };
  }

  private static long batches(JsonParser json, String file) throws IOException {
    expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, file);
    long batches = json.getLongValue();
    if (batches < 0) {
      throw malformed(file, "%s is %d, expected 0 or more".formatted(BATCHES, batches));
    }
    return batches;
  }

  private static void expect(JsonToken found, JsonToken wanted, String file)
      throws ExchangeException {
    if (found != wanted) {
      throw malformed(file, "it has %s where %s is expected".formatted(found, wanted));
    }
  }

  private static ExchangeException malformed(String file, String sentence) {
    return ExchangeException.malformed(
        file, "its metadata entry \"%s\": %s".formatted(ENTRY, sentence));
  }
}
