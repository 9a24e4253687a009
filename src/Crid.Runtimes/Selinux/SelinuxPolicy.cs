namespace Crid.Runtimes;

/// <summary>The contexts that the machine's policy has for containers.</summary>
public sealed record SelinuxPolicy(string ProcessContext, string FileContext)
{
    private const string Directory = "/etc/selinux";

    /// <summary>Reads the contexts of the policy that is in force; where it names none, those of most distributions.</summary>
    public static SelinuxPolicy Read() => Parse(
        name => File.Exists($"{Directory}/{name}") ? File.ReadAllLines($"{Directory}/{name}") : []);

    /// <param name="read">The lines of a file below /etc/selinux; none where it does not exist.</param>
    internal static SelinuxPolicy Parse(Func<string, IEnumerable<string>> read)
    {
        string policy = Find(read("config"), "SELINUXTYPE") ?? "targeted";
        string[] contexts = [.. read($"{policy}/contexts/lxc_contexts")];
        return new SelinuxPolicy(
            Find(contexts, "process") ?? "system_u:system_r:container_t:s0",
            Find(contexts, "file") ?? "system_u:object_r:container_file_t:s0");
    }

    private static string? Find(IEnumerable<string> lines, string key)
    {
        string? line = lines.Select(static line => line.Trim()).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal) && line[key.Length..].TrimStart().StartsWith('='));
        return line?[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim(' ', '\t', '"');
    }
}
