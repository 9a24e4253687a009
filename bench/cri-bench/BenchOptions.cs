namespace Crid.Bench;

/// <summary>What is measured, on which servers, how often.</summary>
/// <param name="Baseline">Name of the target that ratios are against.</param>
/// <param name="Parallel">How many pods are started at a time; 1 is the serial case.</param>
internal sealed record BenchOptions(
    IReadOnlyList<TargetAddress> Targets,
    string Baseline,
    string Image,
    IReadOnlyList<string> PullImages,
    int Iterations,
    IReadOnlyList<int> Parallel,
    IReadOnlyList<PidMode> PidModes,
    IReadOnlyList<string> Scenarios,
    int MemoryPods,
    int ListContainers,
    int PollingPods,
    int ProbeRate,
    int ProbeSeconds,
    string LogDirectory,
    string RuntimeHandler);

/// <summary>A server by the name that it has in the report.</summary>
/// <param name="Cgroup">The cgroup that the server was started in; its pods are made below it. Empty where none is known.</param>
internal sealed record TargetAddress(string Name, string SocketPath, string Cgroup)
{
    private const string CgroupMark = ",cgroup=";

    /// <param name="text"><c>name=unix:///path</c> or <c>name=/path</c>, and <c>,cgroup=/path</c> after it.</param>
    public static TargetAddress? TryParse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            return null;
        }

        int mark = text.IndexOf(CgroupMark, StringComparison.Ordinal);
        string cgroup = mark < 0 ? "" : text[(mark + CgroupMark.Length)..];
        string path = mark < 0 ? text[(equals + 1)..] : text[(equals + 1)..mark];
        path = path.StartsWith("unix://", StringComparison.Ordinal) ? path["unix://".Length..] : path;
        return path.StartsWith('/') ? new TargetAddress(text[..equals], path, cgroup) : null;
    }
}

/// <summary>The PID namespace of the pods: one for each container, as kubelet asks for, or one for the pod, which is the CRI's default.</summary>
internal enum PidMode
{
    Container,
    Pod,
}
