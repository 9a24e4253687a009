using Crid.Api;

namespace Crid.Cli;

/// <summary>Finds sandboxes and containers by what people type: an id, the beginning of one, a name, or pod/container.</summary>
internal sealed class ObjectFinder(DaemonConnection daemon)
{
    /// <summary>Label that kubelet puts on every container and sandbox.</summary>
    public const string PodNameLabel = "io.kubernetes.pod.name";

    /// <exception cref="CliException">There is no such container, or several.</exception>
    public async Task<Container> GetContainerAsync(string text, CancellationToken cancellation) =>
        await FindContainerAsync(text, cancellation) ?? throw new CliException($"no container '{text}' (crid ps -a lists all containers)");

    public async Task<PodSandbox> GetSandboxAsync(string text, CancellationToken cancellation) =>
        await FindSandboxAsync(text, cancellation) ?? throw new CliException($"no pod '{text}' (crid pods lists all pods)");

    public async Task<Container?> FindContainerAsync(string text, CancellationToken cancellation)
    {
        ListContainersResponse all = await daemon.Runtime.ListContainersAsync(new ListContainersRequest(), daemon.Within(cancellation));
        return Pick(
            text,
            all.Containers,
            container => HasName(text, container),
            container => (container.Id, container.Metadata.Name, container.State == ContainerState.ContainerRunning));
    }

    public async Task<PodSandbox?> FindSandboxAsync(string text, CancellationToken cancellation)
    {
        ListPodSandboxResponse all = await daemon.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest(), daemon.Within(cancellation));
        return Pick(
            text,
            all.Items,
            sandbox => sandbox.Metadata.Name == text || $"{sandbox.Metadata.Namespace}/{sandbox.Metadata.Name}" == text,
            sandbox => (sandbox.Id, sandbox.Metadata.Name, sandbox.State == PodSandboxState.SandboxReady));
    }

    // A full id beats a name, and that the beginning of an id. Of several objects with one name, such as the attempts of a container,
    // the only one that runs is meant.
    private static T? Pick<T>(string text, IReadOnlyList<T> all, Func<T, bool> hasName, Func<T, (string Id, string Name, bool Runs)> describe)
        where T : class
    {
        if (text.Length == 0)
        {
            return null;
        }

        List<T> matches = [.. all.Where(candidate => describe(candidate).Id == text)];
        if (matches.Count == 0)
        {
            matches = [.. all.Where(hasName)];
        }

        if (matches.Count > 1 && matches.Count(match => describe(match).Runs) == 1)
        {
            return matches.Single(match => describe(match).Runs);
        }

        if (matches.Count == 0)
        {
            matches = [.. all.Where(candidate => describe(candidate).Id.StartsWith(text, StringComparison.Ordinal))];
        }

        if (matches.Count > 1)
        {
            IEnumerable<string> candidates = matches.Select(match => $"{HumanFormat.ShortId(describe(match).Id)} ({describe(match).Name})");
            throw new CliException($"'{text}' may be any of {string.Join(", ", candidates)}: give more of the id");
        }

        return matches.SingleOrDefault();
    }

    private static bool HasName(string text, Container container)
    {
        string pod = container.Labels.TryGetValue(PodNameLabel, out string? name) ? name : "";
        return container.Metadata.Name == text || pod == text || $"{pod}/{container.Metadata.Name}" == text;
    }
}
