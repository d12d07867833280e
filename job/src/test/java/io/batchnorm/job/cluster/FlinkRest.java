package io.batchnorm.job.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What a JobManager tells about its cluster, and waiting until it tells something. */
public final class FlinkRest {
  private static final Duration DEADLINE = Duration.ofSeconds(120);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final long POLL_MILLIS = 50;
  private static final Set<String> ENDED = Set.of("FINISHED", "FAILED", "CANCELED", "SUSPENDED");
  private static final JsonMapper JSON = new JsonMapper();

  private final String address;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(ANSWER).build();

  FlinkRest(String address) {
    this.address = address;
  }

  /** States of all jobs by id, also of those that have ended. */
  public Map<String, String> jobs() {
    Map<String, String> states = new TreeMap<>();
    get("/jobs").path("jobs").forEach(j -> states.put(j.get("id").asText(), state(j, "status")));
    return states;
  }

  /** Such as {@code RUNNING}; empty if the JobManager knows no such job. */
  public String state(String jobId) {
    return state(get("/jobs/" + jobId), "state");
  }

  /** How many checkpoints have completed. */
  public int checkpoints(String jobId) {
    return get("/jobs/" + jobId + "/checkpoints").path("counts").path("completed").asInt();
  }

  /**
   * How often the job went on from a checkpoint or savepoint. A killed TaskManager may count twice:
   * a restart can still be sent to it.
   */
  public int restores(String jobId) {
    return get("/jobs/" + jobId + "/checkpoints").path("counts").path("restored").asInt();
  }

  /** How many failures it was restarted after, at most 16, or ended by. */
  public int restarts(String jobId) {
    return failures(jobId).size();
  }

  /** Ids of the TaskManagers that the JobManager knows. */
  public Set<String> taskManagers() {
    Set<String> ids = new TreeSet<>();
    get("/taskmanagers").path("taskmanagers").forEach(node -> ids.add(node.get("id").asText()));
    return ids;
  }

  /** Returns when all tasks of the job are running, or have finished already. */
  public void awaitRunning(String jobId) {
    awaitJob(jobId, "all tasks RUNNING", FlinkRest::allTasksRun);
  }

  /** Returns when so many checkpoints have completed since the job was submitted. */
  public void awaitCheckpoints(String jobId, int atLeast) {
    awaitJob(jobId, atLeast + " checkpoints", job -> checkpoints(jobId) >= atLeast);
  }

  /** Returns when so many failures were noticed; the job may not be running again yet. */
  public void awaitRestarts(String jobId, int atLeast) {
    awaitJob(jobId, atLeast + " restarts", job -> restarts(jobId) >= atLeast);
  }

  /** Returns when the job has done everything. */
  public void awaitFinished(String jobId) {
    awaitJob(jobId, "FINISHED", job -> state(job, "state").equals("FINISHED"));
  }

  /** Returns when it is in that state, which may be one of failure. */
  public void awaitState(String jobId, String wanted) {
    awaited("job %s in state %s".formatted(jobId, wanted), () -> state(jobId), wanted::equals);
  }

  String stopWithSavepoint(String jobId, Path folder) {
    String order = "{\"targetDirectory\": \"%s\", \"drain\": false}".formatted(folder.toUri());
    JsonNode trigger =
        send(
            request("/jobs/%s/stop".formatted(jobId))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(order)));
    String path = "/jobs/%s/savepoints/%s".formatted(jobId, trigger.path("request-id").asText());
    JsonNode done =
        awaited(
            "savepoint",
            () -> get(path),
            s -> s.path("status").path("id").asText().equals("COMPLETED"));
    JsonNode location = done.path("operation").path("location");
    if (!location.isTextual()) {
      throw new AssertionError("no savepoint of job %s: %s".formatted(jobId, done));
    }
    return location.asText();
  }

  /**
   * The first answer that is as wanted.
   *
   * @param what is wanted, for the failure
   * @throws AssertionError if none is after two minutes
   */
  public static <T> T awaited(String what, Supplier<T> answers, Predicate<T> wanted) {
    Instant end = Instant.now().plus(DEADLINE);
    while (true) {
      T answer = answers.get();
      if (wanted.test(answer)) {
        return answer;
      }
      if (Instant.now().isAfter(end)) {
        throw new AssertionError("no %s in %s but %s".formatted(what, DEADLINE, answer));
      }
      pause();
    }
  }

  private void awaitJob(String jobId, String what, Predicate<JsonNode> wanted) {
    awaited(
        "%s of job %s".formatted(what, jobId),
        () -> get("/jobs/" + jobId),
        job -> {
          if (wanted.test(job)) {
            return true;
          }
          String state = state(job, "state");
          if (ENDED.contains(state)) {
            throw new AssertionError(
                "the job is %s, wanted %s: %s".formatted(state, what, failures(jobId)));
          }
          return false;
        });
  }

  private static boolean allTasksRun(JsonNode job) {
    JsonNode vertices = job.path("vertices");
    for (JsonNode vertex : vertices) {
      int at = vertex.path("tasks").path("RUNNING").asInt();
      int done = vertex.path("tasks").path("FINISHED").asInt();
      if (at + done < vertex.path("parallelism").asInt()) {
        return false;
      }
    }
    return !vertices.isEmpty() && state(job, "state").equals("RUNNING");
  }

  private JsonNode failures(String jobId) {
    return get("/jobs/" + jobId + "/exceptions").path("exceptionHistory").path("entries");
  }

  private static String state(JsonNode node, String field) {
    return node.path(field).asText();
  }

  private JsonNode get(String path) {
    return send(request(path));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address + path)).timeout(ANSWER);
  }

  /** The answer; missing while the JobManager gives none. */
  private JsonNode send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      boolean good = answer.statusCode() / 100 == 2;
      return good ? JSON.readTree(answer.body()) : MissingNode.getInstance();
    } catch (IOException e) {
      return MissingNode.getInstance();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
