package io.batchnorm.job.stream;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.KeyStatistics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Statistics of a key as one line of JSON:
 *
 * <pre>{@code
 * {"key":"cam1","num_batches_tracked":80,"count":640,"frozen":true,"reset":true,
 *  "running_mean":[0.5],"running_var":[2.0],"weight":[1.0],"bias":[0.0]}
 * }</pre>
 *
 * <p>{@code running_mean}, {@code running_var} and {@code num_batches_tracked} must be there.
 * {@code count} is absent if unknown, {@code frozen} and {@code reset} if false, {@code weight} and
 * {@code bias} if the layer has none. A key that was reset and has learned nothing since is <code>
 * {"key":"cam1","reset":true}</code>, if need be with {@code frozen}. Fields come in any order; an
 * unknown one is refused rather than half understood.
 *
 * <p>Numbers come back bit for bit: mean and variance as float64, weight and bias as float32.
 * Infinite variance, which PyTorch's float32 may overflow to, is the string {@code "Infinity"}.
 * Other numbers that JSON does not have are written as strings too, and refused on reading.
 */
public final class StatisticsJson {
  /** Where the parser goes on to speak of its own classes and settings. */
  private static final Pattern ADVICE =
      Pattern.compile(
          ": enable |: was expecting | \\(bound as| \\(start marker| \\(as per| ?\\[Source|: not allowed");

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private StatisticsJson() {}

  /** The object, in UTF-8. */
  public static byte[] object(KeyStatistics statistics) {
    return bytes(statistics, "");
  }

  /** The line, in UTF-8 with its newline. */
  static byte[] line(KeyStatistics statistics) {
    return bytes(statistics, "\n");
  }

  private static byte[] bytes(KeyStatistics statistics, String end) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      write(statistics, json);
      json.writeRaw(end);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(KeyStatistics of, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("key", of.key());
    if (!of.isForgotten()) {
      json.writeNumberField("num_batches_tracked", of.statistics().numBatchesTracked());
      if (of.statistics().count() != RunningStatistics.UNKNOWN_COUNT) {
        json.writeNumberField("count", of.statistics().count());
      }
    }
    if (of.frozen()) {
      json.writeBooleanField("frozen", true);
    }
    if (of.reset() || of.isForgotten()) {
      json.writeBooleanField("reset", true);
    }
    if (!of.isForgotten()) {
      writeNumbers(of.statistics(), json);
    }
    json.writeEndObject();
  }

  private static void writeNumbers(RunningStatistics statistics, JsonGenerator json)
      throws IOException {
    json.writeFieldName("running_mean");
    json.writeArray(statistics.means(), 0, statistics.numFeatures());
    json.writeFieldName("running_var");
    json.writeArray(statistics.vars(), 0, statistics.numFeatures());
    if (statistics.affine().isPresent()) {
      Affine affine = statistics.affine().get();
      writeFloats("weight", affine.weights(), json);
      writeFloats("bias", affine.biases(), json);
    }
  }

  private static void writeFloats(String name, float[] values, JsonGenerator json)
      throws IOException {
    if (values != null) {
      json.writeArrayFieldStart(name);
      for (float value : values) {
        json.writeNumber(value);
      }
      json.writeEndArray();
    }
  }

  /** Reads one line; its newline may be missing. */
  public static KeyStatistics read(InputStream utf8) throws MalformedStatisticsException {
    // A new decoder reports bytes that are no UTF-8 rather than replacing them.
    InputStreamReader text = new InputStreamReader(utf8, StandardCharsets.UTF_8.newDecoder());
    StatisticsFields fields = StatisticsFields.ofLine();
    try (JsonParser json = JSON.createParser(text)) {
      fields.readAlone(json);
      return fields.statisticsOfKey();
    } catch (JacksonException e) {
      throw new MalformedStatisticsException(fields.key(), fault(e));
    } catch (IOException e) {
      throw new MalformedStatisticsException(fields.key(), "it is no text in UTF-8");
    }
  }

  /**
   * Reads statistics without a key, as a command brings them: the same fields but {@code key},
   * {@code frozen} and {@code reset}.
   *
   * @param json whose duplicate fields were refused by its own parser
   */
  public static RunningStatistics statistics(JsonNode json) throws MalformedStatisticsException {
    StatisticsFields fields = StatisticsFields.ofCommand();
    try (JsonParser parser = json.traverse()) {
      fields.readAlone(parser);
      return fields.statistics();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the parser says, without its advice to programmers, and where. */
  public static String fault(JacksonException e) {
    String sentence = ADVICE.split(e.getOriginalMessage().lines().findFirst().orElse(""), 2)[0];
    JsonLocation place = e.getLocation();
    return place == null
        ? "it is no JSON object: %s".formatted(sentence)
        : "it is no JSON object: %s, at column %d".formatted(sentence, place.getColumnNr());
  }
}
