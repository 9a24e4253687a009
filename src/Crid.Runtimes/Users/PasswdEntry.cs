namespace Crid.Runtimes;

/// <summary>A line of /etc/passwd: passwd(5).</summary>
internal sealed record PasswdEntry(string Name, long Uid, long Gid);
