using System.Globalization;
using System.Text;

namespace Crid.Linux;

/// <summary>
/// One step inside new namespaces, with every argument already in the form that the kernel takes, so that performing it allocates nothing.
/// </summary>
internal sealed class NamespaceStep
{
    private NamespaceStep(NamespaceStepKind kind, string subject, byte[] path, byte[] data)
    {
        Kind = kind;
        Subject = subject;
        Path = path;
        Data = data;
    }

    public NamespaceStepKind Kind { get; }

    /// <summary>What the step is about, for messages.</summary>
    public string Subject { get; }

    /// <summary>Ends in a zero byte.</summary>
    public byte[] Path { get; }

    public byte[] Data { get; }

    public static NamespaceStep Join(string path) => new(NamespaceStepKind.Join, path, ZeroTerminated(path), []);

    /// <param name="process">Whose namespace: the directory of a process or thread below /proc.</param>
    public static NamespaceStep Pin(string name, string target, string process = "thread-self") =>
        new(NamespaceStepKind.Pin, target, ZeroTerminated(target), ZeroTerminated($"/proc/{process}/ns/{name}"));

    /// <summary>A user other than 0 can do nothing but what files allow it, until the next such step makes it 0 again.</summary>
    public static NamespaceStep SetUser(uint user) =>
        new(NamespaceStepKind.SetUser, user.ToString(CultureInfo.InvariantCulture), [], BitConverter.GetBytes(user));

    public static NamespaceStep SetHostname(string hostname) =>
        new(NamespaceStepKind.SetHostname, hostname, [], Encoding.UTF8.GetBytes(hostname));

    public static NamespaceStep Write(string path, string value) =>
        new(NamespaceStepKind.Write, path, ZeroTerminated(path), Encoding.ASCII.GetBytes(value));

    public static NamespaceStep SendRoute(string subject, byte[] message) =>
        new(NamespaceStepKind.SendRoute, subject, [], message);

    private static byte[] ZeroTerminated(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
