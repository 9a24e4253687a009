using System.Text;

namespace Crid.Runtimes;

/// <summary>The users and groups of an image. Lines that are not entries are skipped, as the C library does.</summary>
internal sealed class AccountFiles(Func<string, byte[]?> read)
{
    public const string PasswdPath = "/etc/passwd";
    public const string GroupPath = "/etc/group";

    private readonly Lazy<IReadOnlyList<PasswdEntry>> _users = new(() => ParsePasswd(read(PasswdPath)));
    private readonly Lazy<IReadOnlyList<GroupEntry>> _groups = new(() => ParseGroup(read(GroupPath)));

    public PasswdEntry? FindUser(string name) => _users.Value.FirstOrDefault(user => user.Name == name);

    public PasswdEntry? FindUser(long uid) => _users.Value.FirstOrDefault(user => user.Uid == uid);

    public GroupEntry? FindGroup(string name) => _groups.Value.FirstOrDefault(group => group.Name == name);

    public IEnumerable<long> GroupsOf(string user) =>
        _groups.Value.Where(group => group.Members.Contains(user)).Select(static group => group.Gid);

    private static List<PasswdEntry> ParsePasswd(byte[]? content)
    {
        List<PasswdEntry> entries = [];
        foreach (string[] fields in Lines(content))
        {
            if (fields.Length >= 4 && UserId.TryParse(fields[2], out long uid) && UserId.TryParse(fields[3], out long gid))
            {
                entries.Add(new PasswdEntry(fields[0], uid, gid));
            }
        }

        return entries;
    }

    private static List<GroupEntry> ParseGroup(byte[]? content)
    {
        List<GroupEntry> entries = [];
        foreach (string[] fields in Lines(content))
        {
            if (fields.Length >= 4 && UserId.TryParse(fields[2], out long gid))
            {
                entries.Add(new GroupEntry(fields[0], gid, fields[3].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
            }
        }

        return entries;
    }

    private static IEnumerable<string[]> Lines(byte[]? content) =>
        Encoding.UTF8.GetString(content ?? []).Split('\n').Select(static line => line.TrimEnd('\r').Split(':'));
}
