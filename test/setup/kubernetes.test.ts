// No cluster is at hand: the text is read as YAML, and held against what a worker promises and needs.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { ALL_SETTINGS, loadConfig } from "../../src/config.ts";
import { kubernetesManifests } from "../../src/setup/kubernetes.ts";

const IMAGE = "registry.example:5000/shop/henkin:1.2";
const TEXT = kubernetesManifests({ image: IMAGE, replicas: 3 });
const documents = parseAllDocuments(TEXT, { strict: true, uniqueKeys: true });
const all = (documents as { toJS(): Resource }[]).map((one) => one.toJS());

interface Probe {
  readonly exec: { readonly command: readonly string[] };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { name: string; value?: string; valueFrom?: unknown }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: boolean }[];
  readonly securityContext: unknown;
}

interface Labelled {
  readonly matchLabels: Readonly<Record<string, string>>;
}

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly serviceName: string;
    readonly selector: Labelled;
    readonly podSelector: Labelled;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
        readonly volumes: readonly { name: string; secret?: unknown; emptyDir?: unknown }[];
        readonly topologySpreadConstraints: readonly { labelSelector: Labelled }[];
        readonly securityContext: { readonly runAsUser: number };
      };
    };
  };
}

const find = (kind: string) => all.find((one) => one.kind === kind) as Resource;
const set = find("StatefulSet");
const pod = set.spec.template.spec;
const [container] = pod.containers as readonly [Container];

describe("the example for a cluster", () => {
  it("is YAML without a fault, and in it these resources", () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(all.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      "apps/v1 StatefulSet",
      "v1 Service",
      "policy/v1 PodDisruptionBudget",
      "networking.k8s.io/v1 NetworkPolicy",
    ]);
    expect(new Set(all.map(({ metadata }) => metadata.name))).toEqual(new Set(["henkin"]));
    // A tab or an odd blank would be read otherwise by another parser; so would a number such as 0440.
    expect(TEXT).not.toMatch(/\t|\r|\u00a0|:\s0\d/);
  });

  it("runs as many workers as asked for, of that image, each under its pod's name", () => {
    expect(set.spec.replicas).toBe(3);
    expect(container).toMatchObject({ image: IMAGE, args: ["run"] });
    expect(container.env.find(({ name }) => name === "WORKER_ID")).toEqual({
      name: "WORKER_ID",
      valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
    });
  });

  it("means the same pods everywhere", () => {
    const { labels } = set.spec.template.metadata;
    const selectors = [
      set.spec.selector.matchLabels,
      find("PodDisruptionBudget").spec.selector.matchLabels,
      find("NetworkPolicy").spec.podSelector.matchLabels,
      find("Service").spec.selector,
      ...pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector.matchLabels),
    ];
    for (const selector of selectors) expect(selector).toEqual(labels);
    expect(set.spec.serviceName).toBe(find("Service").metadata.name);
  });

  it("changes and empties one after the other", () => {
    expect(set.spec).toMatchObject({ updateStrategy: { type: "RollingUpdate" } });
    expect(find("PodDisruptionBudget").spec).toMatchObject({ maxUnavailable: 1 });
  });

  it("gives a worker the time that it has promised to end in", () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(30);
  });

  it("has the secrets in files, by settings that there are, and none of them in the text", () => {
    const names = container.env.map(({ name }) => name.replace(/_FILE$/, ""));
    expect(names.filter((name) => !(ALL_SETTINGS as readonly string[]).includes(name))).toEqual([]);
    const [secrets] = container.volumeMounts.filter(({ name }) => name === "secrets");
    for (const setting of ["DATABASE_URL", "DATA_KEY"] as const) {
      const path = container.env.find(({ name }) => name === `${setting}_FILE`)?.value ?? "";
      expect(path.startsWith(`${secrets?.mountPath}/`)).toBe(true);
      // The command above the text makes a secret with exactly this key in it.
      expect(TEXT).toContain(`--from-file=${path.split("/").at(-1)}`);
      // A setting that is no secret may not stand in a file, and would be passed over.
      const env = { [`${setting}_FILE`]: path };
      expect(() => loadConfig([setting], env, "/")).toThrow(`${setting}_FILE`);
    }
    expect(find("Secret")).toBeUndefined();
    expect(pod.volumes).toContainEqual({
      name: "secrets",
      secret: { secretName: "henkin", defaultMode: 0o440 },
    });
  });

  it("lets the worker do nothing that it need not", () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        // By a number, for the image's user is a name, which the cluster cannot judge.
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(find("NetworkPolicy").spec).toMatchObject({ policyTypes: ["Ingress"] });
  });

  it("mounts the folder that the image works in, and volumes that there are", () => {
    const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
    const work = container.volumeMounts.find(({ name }) => name === "work");
    expect(dockerfile).toContain(`\nWORKDIR ${work?.mountPath}\n`);
    const mounted = container.volumeMounts.map(({ name }) => name);
    expect(mounted.sort()).toEqual(pod.volumes.map(({ name }) => name).sort());
  });
});

describe("its probes", () => {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const port = container.env.find(({ name }) => name === "HEALTH_PORT")?.value ?? "";

  it("all ask the same, inside the pod, and restart only what was silent for long", () => {
    const { command } = livenessProbe.exec;
    for (const probe of [startupProbe, readinessProbe]) expect(probe.exec.command).toEqual(command);
    expect(command.join(" ")).toContain(`http://127.0.0.1:${port}/healthz`);
    const patience = (probe: Probe) => probe.periodSeconds * probe.failureThreshold;
    expect(patience(startupProbe)).toBeGreaterThanOrEqual(600);
    expect(patience(livenessProbe)).toBeGreaterThanOrEqual(60);
  });

  it.each([
    [200, 0],
    [503, 1],
  ])("take the answer %d for exit code %d", async (status, code) => {
    expect(await lookAt(status)).toBe(code);
  });

  it("take no answer for a failure", async () => {
    expect(await lookAt(null)).toBe(1);
  });

  /** Runs the probe as it stands, but for the port. Null: nobody listens. */
  async function lookAt(status: number | null): Promise<number | null> {
    const server = createServer((_, response) => response.writeHead(status ?? 0).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port: free } = server.address() as { port: number };
    const close = () => new Promise((resolve) => server.close(resolve));
    if (status === null) await close();
    const [node = "", ...args] = livenessProbe.exec.command;
    expect(node).toBe("node");
    const own = args.map((text) => text.replace(`:${port}/`, `:${free}/`));
    const child = spawn(process.execPath, own);
    const [code] = (await once(child, "exit")) as [number | null];
    if (status !== null) await close();
    return code;
  }
});
