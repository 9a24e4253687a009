using System.Globalization;
using System.Runtime.InteropServices;
using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// A process that keeps a new user namespace and others inside it, until it is disposed of or this process ends. It is the pause program:
/// a process of many threads, such as this one, can't make a user namespace.
/// </summary>
internal sealed class UserNamespaceKeeper : IDisposable
{
    private readonly SafeFileHandle _input;
    private readonly SafeFileHandle _answers;

    private UserNamespaceKeeper(int pid, SafeFileHandle input, SafeFileHandle answers)
    {
        Pid = pid;
        _input = input;
        _answers = answers;
    }

    public int Pid { get; }

    /// <param name="program">The pause program.</param>
    /// <param name="mappings">What id is which outside; written before anything else happens inside.</param>
    /// <param name="flags">The other namespaces, as for unshare(2).</param>
    /// <exception cref="CridException">InvalidArgument: mappings that the kernel refuses.</exception>
    public static UserNamespaceKeeper Start(string program, IdMappings mappings, int flags)
    {
        PipeEnds input = Descriptor.CreatePipe();
        PipeEnds answers = Descriptor.CreatePipe();
        using SafeFileHandle inputReader = input.Reader;
        using SafeFileHandle answersWriter = answers.Writer;
        UserNamespaceKeeper? keeper = null;
        try
        {
            int pid = ProcessSpawner.Spawn(new SpawnRequest
            {
                Path = program,
                Arguments = [program, "--new-namespaces", flags.ToString(CultureInfo.InvariantCulture)],
                Environment = [],
                StandardInput = inputReader,
                StandardOutput = answersWriter,
            });
            keeper = new UserNamespaceKeeper(pid, input.Writer, answers.Reader);
            answersWriter.Dispose();
            keeper.Expect("user namespace");
            keeper.Map("uid_map", mappings.Users);
            keeper.Map("gid_map", mappings.Groups);
            FileAt.Write(input.Writer, [1]);
            keeper.Expect("namespaces of a user namespace");
            return keeper;
        }
        catch
        {
            keeper?.Dispose();
            input.Writer.Dispose();
            answers.Reader.Dispose();
            throw;
        }
    }

    /// <summary>Lets the process end; namespaces that are pinned stay.</summary>
    public void Dispose()
    {
        _input.Dispose();
        _answers.Dispose();
        ChildProcesses.Wait(ProcessCalls.P_PID, Pid, ProcessCalls.WEXITED, out _);
    }

    private void Expect(string what)
    {
        Span<byte> answer = stackalloc byte[sizeof(long)];
        int length = Descriptor.TryRead(_answers, answer);
        long result = length == answer.Length
            ? MemoryMarshal.Read<long>(answer)
            : throw new CridException(ErrorKind.Internal, $"the pause program ended before it had made the {what}");
        if (result != 0)
        {
            throw new LinuxException("unshare", what, (int)-result);
        }
    }

    private void Map(string file, IReadOnlyList<IdMapping> mappings)
    {
        string text = string.Concat(mappings.Select(static mapping =>
            string.Create(CultureInfo.InvariantCulture, $"{mapping.Inside} {mapping.Outside} {mapping.Length}\n")));
        try
        {
            File.WriteAllText($"/proc/{Pid}/{file}", text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CridException.InvalidArgument($"the kernel refuses the id mappings '{text.Trim()}' ({file}): {exception.Message}", exception);
        }
    }
}
