using Crid.Core;

namespace Crid.Runtimes;

/// <summary>Finds the numeric user of a container from the request, the image's USER, and the image's passwd and group files.</summary>
internal sealed class UserResolver(AccountFiles accounts)
{
    /// <exception cref="CridException">InvalidArgument: a name that the image does not have, an id out of range, a group without a user, or two users.</exception>
    public ResolvedUser Resolve(SecuritySpec security, string? imageUser)
    {
        bool requested = security.RunAsUser is not null || security.RunAsUsername.Length > 0;
        if (!requested && security.RunAsGroup is not null)
        {
            throw CridException.InvalidArgument("run_as_group needs run_as_user or run_as_username");
        }

        if (security.RunAsUser is not null && security.RunAsUsername.Length > 0)
        {
            throw CridException.InvalidArgument("only one of run_as_user and run_as_username can be given");
        }

        (long uid, long gid, string? name) = requested ? FromRequest(security) : FromImage(imageUser ?? "");
        if (security.RunAsGroup is { } group)
        {
            gid = UserId.Check(group);
        }

        IEnumerable<long> imageGroups = security.SupplementalGroupsPolicy switch
        {
            SupplementalGroupsPolicy.Merge when (name ?? accounts.FindUser(uid)?.Name) is { } user => accounts.GroupsOf(user),
            SupplementalGroupsPolicy.Merge or SupplementalGroupsPolicy.Strict => [],
            _ => throw CridException.InvalidArgument($"supplemental groups policy {(int)security.SupplementalGroupsPolicy} is not known"),
        };
        SortedSet<long> groups = [gid, .. imageGroups, .. security.SupplementalGroups.Select(UserId.Check)];
        return new ResolvedUser(uid, gid, [.. groups]);
    }

    private (long Uid, long Gid, string? Name) FromRequest(SecuritySpec security) => security.RunAsUsername.Length > 0
        ? FindUser(security.RunAsUsername)
        : FindUser(UserId.Check(security.RunAsUser!.Value));

    private (long Uid, long Gid, string? Name) FromImage(string imageUser)
    {
        string[] parts = imageUser.Split(':', 2);
        (long uid, long gid, string? name) = parts[0].Length == 0 ? FindUser(0) : FindUser(parts[0]);
        return parts.Length == 2 && parts[1].Length > 0 ? (uid, FindGroup(parts[1]), name) : (uid, gid, name);
    }

    private (long Uid, long Gid, string? Name) FindUser(string user)
    {
        if (UserId.IsNumeric(user))
        {
            return FindUser(UserId.Parse(user));
        }

        PasswdEntry entry = accounts.FindUser(user)
            ?? throw CridException.InvalidArgument($"user '{user}' is not in {AccountFiles.PasswdPath} of the image");
        return (entry.Uid, entry.Gid, entry.Name);
    }

    // A number without an entry is a user with group 0.
    private (long Uid, long Gid, string? Name) FindUser(long uid) =>
        accounts.FindUser(uid) is { } entry ? (uid, entry.Gid, entry.Name) : (uid, 0, null);

    private long FindGroup(string group) => UserId.IsNumeric(group)
        ? UserId.Parse(group)
        : accounts.FindGroup(group)?.Gid
            ?? throw CridException.InvalidArgument($"group '{group}' is not in {AccountFiles.GroupPath} of the image");
}
