package io.batchnorm.exchange;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The checked header of a safetensors file: every byte of the data belongs to exactly one tensor.
 */
final class SafetensorsHeader {

  /** The longest header read, as in the reference implementation: some 300,000 layers. */
  static final int MAX_BYTES = 100_000_000;

  private final Map<String, TensorInfo> tensors;
  private final Map<String, String> metadata;

  private SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /**
   * Parses and checks a header.
   *
   * @param utf8 the whole header with its padding
   * @param dataBytes how many bytes follow the header
   * @throws ExchangeException if the header is not valid or does not account for all the data
   */
  static SafetensorsHeader parse(ByteBuffer utf8, long dataBytes, String file)
      throws ExchangeException {
    if (!utf8.hasRemaining() || utf8.get(utf8.position()) != '{') {
      throw ExchangeException.malformed(file, "its header does not start with '{'");
    }
    SafetensorsHeaderParser parser = new SafetensorsHeaderParser(file);
    parser.parse(withoutPadding(decode(utf8, file), file));
    checkCoverage(parser.tensors(), dataBytes, file);
    return new SafetensorsHeader(parser.tensors(), parser.metadata());
  }

  private static CharBuffer decode(ByteBuffer utf8, String file) throws ExchangeException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8.duplicate());
    } catch (CharacterCodingException e) {
      throw ExchangeException.malformed(file, "its header is not valid UTF-8");
    }
  }

  private static CharBuffer withoutPadding(CharBuffer text, String file) throws ExchangeException {
    int end = text.length();
    while (text.charAt(end - 1) == ' ') {
      end--;
    }
    if (text.charAt(end - 1) != '}') {
      throw ExchangeException.malformed(
          file, "its header does not end with '}' and spaces, it was damaged or cut short");
    }
    return text.subSequence(0, end);
  }

  private static void checkCoverage(Map<String, TensorInfo> tensors, long dataBytes, String file)
      throws ExchangeException {
    List<TensorInfo> byPlace = new ArrayList<>(tensors.values());
    byPlace.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
    long covered = 0;
    for (TensorInfo info : byPlace) {
      if (info.begin() != covered) {
        throw ExchangeException.malformed(
            file,
            "tensor %s begins at byte %d of the data, expected %d,"
                    .formatted(Texts.quote(info.name()), info.begin(), covered)
                + " since tensors neither overlap nor leave holes");
      }
      covered = info.end();
    }
    if (covered != dataBytes) {
      throw ExchangeException.malformed(
          file,
          "its tensors take %d bytes, but %d follow the header;".formatted(covered, dataBytes)
              + " it was damaged or cut short, save or copy it again");
    }
  }

  /** Returns the tensors by name, in the order of the header. */
  Map<String, TensorInfo> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return metadata;
  }
}
