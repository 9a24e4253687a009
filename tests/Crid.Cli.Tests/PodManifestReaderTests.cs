namespace Crid.Cli.Tests;

public class PodManifestReaderTests
{
    private const string Full = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: demo
          namespace: lab
          labels: {app: web}
        spec:
          restartPolicy: Never
          hostname: web-1
          shareProcessNamespace: true
          terminationGracePeriodSeconds: 3
          runtimeClassName: crun
          hostAliases:
          - ip: 10.1.2.3
            hostnames: [db, db.local]
          dnsPolicy: None
          dnsConfig:
            nameservers: [10.0.0.10]
            searches: [svc.local]
            options: [{name: ndots, value: "5"}, {name: edns0}]
          securityContext: {runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000, supplementalGroups: [4000]}
          volumes:
          - name: data
            hostPath: {path: /srv/data, type: DirectoryOrCreate}
          - name: scratch
            emptyDir: {medium: Memory}
          - name: plain
            emptyDir: {}
          initContainers:
          - name: init
            image: busybox:1
            command: [sh, -c, "echo hi"]
          containers:
          - name: web
            image: localhost:5000/nginx
            args: ["$(MODE)"]
            workingDir: /srv
            env:
            - {name: MODE, value: "on"}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
            ports:
            - {containerPort: 80, hostPort: 8080}
            - {containerPort: 53, protocol: UDP}
            volumeMounts:
            - {name: data, mountPath: /data, readOnly: true}
            - {name: scratch, mountPath: /scratch, subPath: a/b}
            resources:
              requests: {cpu: 250m, memory: 32Mi}
              limits: {cpu: "1", memory: 64Mi}
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities: {add: [NET_ADMIN], drop: [ALL]}
              seccompProfile: {type: RuntimeDefault}
        """;

    [Fact]
    public void Read_FullPod_KeepsEveryField()
    {
        (PodManifest pod, IReadOnlyList<string> warnings) = Read(Full);

        Assert.Empty(warnings);
        Assert.Equal(("demo", "lab", "web-1", "crun"), (pod.Name, pod.Namespace, pod.Hostname, pod.RuntimeClass));
        Assert.Equal(TimeSpan.FromSeconds(3), pod.TerminationGrace);
        Assert.True(pod.ShareProcessNamespace);
        Assert.Equal(["ndots:5", "edns0"], pod.Dns!.Options);
        Assert.Equal(["db", "db.local"], Assert.Single(pod.HostAliases).Hostnames);
        Assert.Equal((1000L, 2000L, 3000L), (pod.Security.RunAsUser, pod.Security.RunAsGroup, pod.Security.FsGroup));
        Assert.Equal(
            [new VolumeManifest("data", "/srv/data", "DirectoryOrCreate"), new VolumeManifest("scratch", null, InMemory: true), new VolumeManifest("plain", null)],
            pod.Volumes);
        Assert.Equal(["sh", "-c", "echo hi"], Assert.Single(pod.InitContainers).Command);
    }

    [Fact]
    public void Read_FullPod_KeepsEveryFieldOfTheContainer()
    {
        ContainerManifest web = Assert.Single(Read(Full).Pod.Containers);

        Assert.Equal(PullPolicy.Always, web.PullPolicy);
        Assert.Equal(
            [new EnvironmentManifest("MODE", "on"), new EnvironmentManifest("POD", null, "metadata.name"), new EnvironmentManifest("APP", null, "metadata.labels['app']")],
            web.Environment);
        Assert.Equal([new PortManifest(80, 8080, "TCP", ""), new PortManifest(53, 0, "UDP", "")], web.Ports);
        Assert.Equal(
            [new VolumeMountManifest("data", "/data", ReadOnly: true), new VolumeMountManifest("scratch", "/scratch", SubPath: "a/b")],
            web.Mounts);
        Assert.Equal(
            new ResourcesManifest { CpuRequest = 250, CpuLimit = 1000, MemoryRequest = 32 << 20, MemoryLimit = 64 << 20 }, web.Resources);
        Assert.False(web.Security.AllowPrivilegeEscalation);
        Assert.True(web.Security.ReadOnlyRootFilesystem);
        Assert.Equal(["NET_ADMIN"], web.Security.AddCapabilities);
        Assert.Equal(["ALL"], web.Security.DropCapabilities);
        Assert.Equal("RuntimeDefault", web.Security.Seccomp!.Type);
    }

    [Fact]
    public void Read_ImageAsAVolume_KeepsItsNameAndWhenItIsPulled()
    {
        PodManifest pod = Read(With("  volumes: [{name: a, image: {reference: 'x/data:1'}}, {name: b, image: {reference: data}}, {name: c, image: {reference: data, pullPolicy: Never}}]")).Pod;

        Assert.Equal(
            [
                new VolumeManifest("a", null, Image: "x/data:1"),
                new VolumeManifest("b", null, Image: "data", PullPolicy: PullPolicy.Always),
                new VolumeManifest("c", null, Image: "data", PullPolicy: PullPolicy.Never),
            ],
            pod.Volumes);
    }

    [Fact]
    public void Read_Json_IsYaml()
    {
        PodManifest pod = Read("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"j"},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"busybox:1"}]}}""").Pod;

        Assert.Equal(("j", "default"), (pod.Name, pod.Namespace));
        Assert.Equal(PullPolicy.Missing, Assert.Single(pod.Containers).PullPolicy);
    }

    [Theory]
    [InlineData("    livenessProbe: {exec: {command: [ls]}}", "line 9: spec.containers[0].livenessProbe has no effect here")]
    [InlineData("  nodeSelector: {disk: ssd}", "line 9: spec.nodeSelector has no effect here")]
    public void Read_FieldOfTheCluster_WarnsWithItsLine(string line, string expected) => Assert.Contains(expected, Read(With(line)).Warnings);

    [Theory]
    [InlineData("    imagePulPolicy: Always", "line 9: spec.containers[0].imagePulPolicy: unknown field")]
    [InlineData("  hostUsers: false", "line 9: spec.hostUsers: is not supported by crid run")]
    [InlineData("    envFrom: []", "line 9: spec.containers[0].envFrom: is not supported by crid run")]
    [InlineData("    env: [{name: A, value: 1}]", "write \"1\" in quotes")]
    [InlineData("    env: [{name: A, value: true}]", "write \"true\" in quotes")]
    [InlineData("    env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]", "valueFrom.secretKeyRef: is not supported")]
    [InlineData("    ports: [{containerPort: 70000}]", "must be a whole number from 1 to 65535")]
    [InlineData("    resources: {limits: {memory: 64MB}}", "'64MB' is not a quantity")]
    [InlineData("    volumeMounts: [{name: gone, mountPath: /x}]", "mounts volume 'gone'")]
    [InlineData("    volumeMounts: [{name: gone, mountPath: /x, subPath: ../..}]", "must stay inside its volume")]
    [InlineData("  volumes: [{name: v, configMap: {name: c}}]", "spec.volumes[0].configMap: is not supported")]
    [InlineData("  volumes: [{name: v, image: {pullPolicy: Never}}]", "spec.volumes[0].image.reference")]
    [InlineData("  dnsPolicy: Nope", "'Nope' is not one of")]
    [InlineData("  hostNetwork: maybe", "must be true or false")]
    [InlineData("    securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}", "must be an absolute path")]
    public void Read_FieldThatCannotBeHonoured_IsNamedWithItsLine(string line, string expected)
    {
        CliException error = Assert.Throws<CliException>(() => Read(With(line)));

        Assert.Equal(ExitCodes.Usage, error.ExitCode);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: Deployment", "this is not a Pod")]
    [InlineData("a: [", "is not valid YAML")]
    [InlineData("apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod", "exactly one Pod")]
    [InlineData("apiVersion: v1\nkind: Pod", "needs metadata and spec")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: ../x}\nspec: {containers: [{name: a, image: b}]}", "metadata.name '../x'")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: b}, {name: a, image: b}]}", "2 containers are named 'a'")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: x, name: y}\nspec: {}", "is not valid YAML")]
    [InlineData("", "exactly one Pod")]
    public void Read_NotARunnablePod_SaysWhy(string text, string expected)
    {
        CliException error = Assert.Throws<CliException>(() => Read(text));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    // The line comes ninth.
    private static string With(string line) => """
        apiVersion: v1
        kind: Pod
        metadata: {name: demo}
        spec:
          restartPolicy: Never
          containers:
          - name: c
            image: busybox:1
        LINE
        """.Replace("LINE", line, StringComparison.Ordinal);

    private static (PodManifest Pod, IReadOnlyList<string> Warnings) Read(string text)
    {
        using StringReader reader = new(text);
        return PodManifestReader.Read(reader, "pod.yaml");
    }
}
