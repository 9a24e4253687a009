namespace Crid.Pods;

/// <summary>Something that happened to a sandbox or to one of its containers, and what the sandbox looks like after it.</summary>
/// <param name="Id">Of the container, or of the sandbox where it happened to that.</param>
/// <param name="At">Taken before <paramref name="Sandbox"/> and <paramref name="Containers"/> were read, and never before that of an earlier event.</param>
/// <param name="Sandbox">For a sandbox that was deleted, its last state.</param>
/// <param name="Containers">All of the sandbox that are listed.</param>
public sealed record PodEvent(string Id, PodEventKind Kind, DateTimeOffset At, Sandbox Sandbox, IReadOnlyList<Container> Containers);
