namespace Crid.Runtimes;

/// <summary>A line of /etc/group: group(5).</summary>
internal sealed record GroupEntry(string Name, long Gid, IReadOnlyList<string> Members);
