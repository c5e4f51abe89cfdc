// What a Kubernetes cluster needs to keep several workers of one database running, to be piped into
// `kubectl apply -f -`. Their secrets are not in it: they are made once, by hand, and applying this again
// leaves them as they are.

export interface Fleet {
  /** As a registry names it; checked by whoever reads it. */
  readonly image: string;
  readonly replicas: number;
}

/** The worker ends by itself within 30 seconds of SIGTERM. */
const STOP_SECONDS = 40;
/** On loopback inside the pod: what looks in must run there, too. */
const HEALTH_PORT = 8080;
/** The image's user `node`; by its name alone the cluster cannot tell that it is not root. */
const USER = 1000;
const SECRETS = "/run/secrets/henkin";

const LOOK = `fetch('http://127.0.0.1:${HEALTH_PORT}/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`;

/** Seconds; `failures` in a row count. */
function probe(name: string, period: number, failures: number): string {
  return `          ${name}:
            exec:
              command: ["node", "-e", "${LOOK}"]
            periodSeconds: ${period}
            timeoutSeconds: 10
            failureThreshold: ${failures}`;
}

export function kubernetesManifests({ image, replicas }: Fleet): string {
  return [heading(), statefulSet(image, replicas), ...AROUND].join("---\n");
}

function heading(): string {
  return `# Written by \`henkin service --kubernetes\`. An example: adapt it, then kubectl apply -f -
#
# First, once, with the URL of the database and the key in a file each:
#   kubectl create secret generic henkin --from-file=database-url --from-file=data-key
#
# A worker without a shop does not start. There is no .env here, so add the shops before, from any machine that
# reaches the database: DATABASE_URL_FILE=database-url DATA_KEY_FILE=data-key npx henkin shop import shops.json
#
# A file that a shop's settings name has to be mounted below /var/lib/henkin. Metrics are on 127.0.0.1 inside
# each pod, for a sidecar to read.
`;
}

function statefulSet(image: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: henkin
  labels: { app.kubernetes.io/name: henkin }
spec:
  replicas: ${replicas}
  serviceName: henkin
  # A new version comes one pod after the other, from the last to the first.
  updateStrategy: { type: RollingUpdate }
  # At the first start none has to wait for another.
  podManagementPolicy: Parallel
  # In which a new one takes its share, before the next one ends.
  minReadySeconds: 30
  selector:
    matchLabels: { app.kubernetes.io/name: henkin }
  template:
    metadata:
      labels: { app.kubernetes.io/name: henkin }
    spec:
      # SIGTERM lets the job in hand finish: up to 30 seconds.
      terminationGracePeriodSeconds: ${STOP_SECONDS}
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: ${USER}
        runAsGroup: ${USER}
        fsGroup: ${USER}
        seccompProfile: { type: RuntimeDefault }
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: { app.kubernetes.io/name: henkin }
      containers:
        - name: henkin
          image: "${image}"
          args: ["run"]
          env:
            - name: WORKER_ID
              valueFrom:
                fieldRef: { fieldPath: metadata.name }
            - { name: DATABASE_URL_FILE, value: ${SECRETS}/database-url }
            - { name: DATA_KEY_FILE, value: ${SECRETS}/data-key }
            - { name: HEALTH_PORT, value: "${HEALTH_PORT}" }
          # Up to ten minutes: the first one of a new version may have to change the schema.
${probe("startupProbe", 5, 120)}
          # Not /readyz: one shop's broken mailbox would hold up every update.
${probe("readinessProbe", 15, 2)}
${probe("livenessProbe", 30, 4)}
          resources:
            requests: { cpu: 250m, memory: 512Mi }
            limits: { memory: 1Gi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: ["ALL"] }
          volumeMounts:
            - { name: secrets, mountPath: ${SECRETS}, readOnly: true }
            - { name: work, mountPath: /var/lib/henkin }
      volumes:
        - name: secrets
          # For the owner and the group, 0440.
          secret: { secretName: henkin, defaultMode: 288 }
        # The worker's folder. With the database on a server nothing has to be kept in it.
        - name: work
          emptyDir: { sizeLimit: 64Mi }
`;
}

const AROUND = [
  `# Gives the pods their names. Nothing listens.
apiVersion: v1
kind: Service
metadata:
  name: henkin
  labels: { app.kubernetes.io/name: henkin }
spec:
  clusterIP: None
  selector: { app.kubernetes.io/name: henkin }
`,
  `# Nodes are emptied one after the other.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: henkin
  labels: { app.kubernetes.io/name: henkin }
spec:
  maxUnavailable: 1
  selector:
    matchLabels: { app.kubernetes.io/name: henkin }
`,
  `# Nobody connects to a worker.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: henkin
  labels: { app.kubernetes.io/name: henkin }
spec:
  podSelector:
    matchLabels: { app.kubernetes.io/name: henkin }
  policyTypes: ["Ingress"]
`,
];
