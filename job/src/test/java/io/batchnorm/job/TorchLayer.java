package io.batchnorm.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A {@code torch.nn.BatchNorm2d} of libtorch in this JVM that reads and writes its {@code
 * state_dict} as safetensors by code of its own, so that files are checked by two readers.
 */
final class TorchLayer implements AutoCloseable {
  static {
    // Throws where libtorch is missing, so tests fail there.
    Loader.load(torch.class);
    torch.set_num_threads(1);
  }

  private static final JsonMapper JSON = new JsonMapper();
  private static final Map<String, String> TYPES = Map.of("F32", "Float", "I64", "Long");

  private final PointerScope scope = new PointerScope();
  private final BatchNorm2dImpl module;

  TorchLayer(int channels, double momentum, boolean affine) {
    BatchNormOptions options = new BatchNormOptions(channels);
    options.momentum().put(momentum);
    options.affine().put(affine);
    module = new BatchNorm2dImpl(options);
  }

  /**
   * {@code load_state_dict} with the tensors whose names start with {@code key} and a dot,
   * strictly: every tensor has its place, and every place its tensor.
   */
  void load(Path safetensors, String key) throws IOException {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(safetensors)).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(file.getLong(0));
    JsonNode header = JSON.readTree(file.array(), Long.BYTES, length);
    Map<String, Tensor> places = places();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (entry.getKey().startsWith(key + ".")) {
        Tensor place = places.remove(entry.getKey().substring(key.length() + 1));
        if (place == null) {
          throw new IllegalArgumentException("unexpected key in state_dict: " + entry.getKey());
        }
        place.detach().copy_(tensor(entry.getValue(), file, Long.BYTES + length));
      }
    }
    if (!places.isEmpty()) {
      throw new IllegalArgumentException("missing keys in state_dict: " + places.keySet());
    }
  }

  private Map<String, Tensor> places() {
    Map<String, Tensor> places = new TreeMap<>();
    for (String name : new String[] {"weight", "bias"}) {
      if (module.named_parameters().contains(name)) {
        places.put(name, module.named_parameters().get(name));
      }
    }
    for (String name : new String[] {"running_mean", "running_var", "num_batches_tracked"}) {
      places.put(name, module.named_buffers().get(name));
    }
    return places;
  }

  private static Tensor tensor(JsonNode info, ByteBuffer file, int dataStart) {
    int begin = dataStart + info.path("data_offsets").get(0).asInt();
    int end = dataStart + info.path("data_offsets").get(1).asInt();
    ByteBuffer data = file.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN);
    long[] shape = new long[info.path("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = info.path("shape").get(i).asLong();
    }
    return switch (info.path("dtype").asText()) {
      case "F32" -> {
        float[] values = new float[data.remaining() / Float.BYTES];
        data.asFloatBuffer().get(values);
        yield Tensor.create(values, shape);
      }
      case "I64" -> Tensor.create(new long[] {data.getLong()}, shape);
      default -> throw new IllegalArgumentException("dtype " + info.path("dtype"));
    };
  }

  /** The {@code state_dict} with the names of a layer at {@code key} of a model, among others. */
  void save(Path safetensors, String key, Map<String, float[]> others) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    ByteBuffer data = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    places()
        .forEach(
            (name, place) -> {
              byte[] bytes = new byte[Math.toIntExact(place.nbytes())];
              new BytePointer(place.data_ptr()).get(bytes);
              boolean counter = name.equals("num_batches_tracked");
              long[] shape = counter ? new long[0] : new long[] {bytes.length / Float.BYTES};
              put(header, data, key + "." + name, counter ? "I64" : "F32", shape, bytes);
            });
    others.forEach(
        (name, values) -> {
          ByteBuffer bytes =
              ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(values);
          put(header, data, name, "F32", new long[] {values.length, 1, 1, 1}, bytes.array());
        });
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + json.length + data.position())
            .order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json).put(data.flip());
    Files.write(safetensors, file.array());
  }

  private static void put(
      ObjectNode header, ByteBuffer data, String name, String dtype, long[] shape, byte[] bytes) {
    if (!TYPES.containsKey(dtype)) {
      throw new IllegalArgumentException(dtype);
    }
    ObjectNode info = header.putObject(name).put("dtype", dtype);
    for (long size : shape) {
      info.withArray("shape").add(size);
    }
    info.withArray("shape");
    info.withArray("data_offsets").add(data.position()).add(data.position() + bytes.length);
    data.put(bytes);
  }

  float[] train(float[] values, long... shape) {
    module.train(true);
    return forward(values, shape);
  }

  float[] eval(float[] values, long... shape) {
    module.eval();
    return forward(values, shape);
  }

  private float[] forward(float[] values, long... shape) {
    Tensor y = module.forward(Tensor.create(values, shape)).detach().contiguous();
    float[] floats = new float[Math.toIntExact(y.numel())];
    new FloatPointer(y.data_ptr()).get(floats);
    return floats;
  }

  /** Weight and bias that are not those of a new layer. */
  void setAffine(float[] weight, float[] bias) {
    places().get("weight").detach().copy_(Tensor.create(weight));
    places().get("bias").detach().copy_(Tensor.create(bias));
  }

  /** What PyTorch's float32 arithmetic may be off in eval mode, from the largest input. */
  double bound(int channel, double maxAbs) {
    double mean = at("running_mean", channel);
    double invStd = 1 / Math.sqrt(at("running_var", channel) + 1e-5);
    boolean affine = places().containsKey("weight");
    double weight = affine ? Math.abs(at("weight", channel)) : 1;
    double bias = affine ? Math.abs(at("bias", channel)) : 0;
    return 2 * 0x1p-23 * (bias + weight * invStd * (maxAbs + Math.abs(mean)));
  }

  private double at(String name, int channel) {
    return places().get(name).to(ScalarType.Double).detach().get(channel).item_double();
  }

  @Override
  public void close() {
    scope.close();
  }
}
