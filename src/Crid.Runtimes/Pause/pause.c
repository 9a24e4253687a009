/*
 * crid-pause: the init of a PID namespace that the containers of a sandbox share.
 *
 *   crid-pause --pid-file FILE --error-file FILE [--net FILE] [--ipc FILE] [--uts FILE] [--user FILE] [--oom-score-adj N] [--cgroup FILE]...
 *
 * It moves itself into the cgroups, joins the namespaces, and forks the process that stays, as pid 1 of a new PID namespace. When that one
 * is ready its host pid is written to the pid file, and this one ends, so that the subreaper above inherits the child. A failure is told
 * in words in the error file and by exit status 1.
 *
 *   crid-pause --new-namespaces FLAGS
 *
 * Makes a user namespace and, once somebody has written its id mappings, the namespaces of FLAGS (decimal, as for unshare(2)) inside it, and
 * keeps them until its standard input ends. Only a process of one thread may make a user namespace, so the daemon can't. After each of the
 * two steps an error number, 0 or negative, in the form of a long goes to standard output; a byte on standard input begins the second.
 *
 * No C library is linked: the process that stays takes a few pages for each pod.
 */
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/types.h>
#include <linux/wait.h>

#define NO_PATH 0
#define MAX_CGROUPS 32
#define NOBODY 65534
#define NAMESPACE_KINDS 4
#define MNT_DETACH 2

typedef __UINTPTR_TYPE__ word;
typedef __INTPTR_TYPE__ result;

struct options {
    const char *pid_file;
    const char *error_file;
    const char *oom_score_adj;
    const char *namespaces[NAMESPACE_KINDS];
    const char *new_namespaces;
    const char *cgroups[MAX_CGROUPS];
    int cgroup_count;
};

#if defined(__x86_64__)
static result call6(word number, word a, word b, word c, word d, word e, word f)
{
    register word r10 __asm__("r10") = d;
    register word r8 __asm__("r8") = e;
    register word r9 __asm__("r9") = f;
    result value;
    __asm__ volatile("syscall"
                     : "=a"(value)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return value;
}
#elif defined(__aarch64__)
static result call6(word number, word a, word b, word c, word d, word e, word f)
{
    register word x8 __asm__("x8") = number;
    register word x0 __asm__("x0") = a;
    register word x1 __asm__("x1") = b;
    register word x2 __asm__("x2") = c;
    register word x3 __asm__("x3") = d;
    register word x4 __asm__("x4") = e;
    register word x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return (result)x0;
}
#else
#error "crid-pause has no system calls for this architecture"
#endif

#define call(number, a, b, c, d) call6((number), (word)(a), (word)(b), (word)(c), (word)(d), 0, 0)

static __attribute__((noreturn)) void leave(int status)
{
    for (;;)
        call(__NR_exit_group, status, 0, 0, 0);
}

static word length(const char *text)
{
    word count = 0;
    while (text[count] != '\0')
        count++;
    return count;
}

static int equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static result open_file(const char *path, int flags)
{
    return call(__NR_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static void write_text(result fd, const char *text)
{
    call(__NR_write, fd, text, length(text), 0);
}

/* The decimal digits of a number at the end of a buffer. */
static const char *format(word number, char buffer[24])
{
    char *at = buffer + 23;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return at;
}

static __attribute__((noreturn)) void fail(const struct options *options, const char *doing, const char *what, result error)
{
    char digits[24];
    result fd = options->error_file != NO_PATH ? open_file(options->error_file, O_WRONLY | O_CREAT | O_TRUNC) : 2;
    write_text(fd, doing);
    write_text(fd, " '");
    write_text(fd, what);
    write_text(fd, "': error ");
    write_text(fd, format((word)-error, digits));
    write_text(fd, "\n");
    leave(1);
}

static int parse(int count, char **arguments, struct options *options)
{
    static const char *const kinds[NAMESPACE_KINDS] = {"--net", "--ipc", "--uts", "--user"};
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = arguments[i];
        const char *value = arguments[i + 1];
        int known = 0;
        for (int kind = 0; kind < NAMESPACE_KINDS; kind++) {
            if (equal(name, kinds[kind])) {
                options->namespaces[kind] = value;
                known = 1;
            }
        }
        if (equal(name, "--new-namespaces")) {
            options->new_namespaces = value;
        } else if (equal(name, "--pid-file")) {
            options->pid_file = value;
        } else if (equal(name, "--error-file")) {
            options->error_file = value;
        } else if (equal(name, "--oom-score-adj")) {
            options->oom_score_adj = value;
        } else if (equal(name, "--cgroup") && options->cgroup_count < MAX_CGROUPS) {
            options->cgroups[options->cgroup_count++] = value;
        } else if (!known) {
            return 0;
        }
    }
    return (options->pid_file != NO_PATH || options->new_namespaces != NO_PATH) && count % 2 == 1;
}

static void join_cgroups(const struct options *options)
{
    for (int i = 0; i < options->cgroup_count; i++) {
        result fd = open_file(options->cgroups[i], O_WRONLY);
        result written = fd < 0 ? fd : call(__NR_write, fd, "0", 1, 0);
        if (written < 0)
            fail(options, "join cgroup", options->cgroups[i], written);
        call(__NR_close, fd, 0, 0, 0);
    }
}

/* The user namespace last: what is done before needs the rights of the node's root. */
static void join_namespaces(const struct options *options)
{
    static const int flags[NAMESPACE_KINDS] = {CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWUSER};
    for (int kind = 0; kind < NAMESPACE_KINDS; kind++) {
        const char *path = options->namespaces[kind];
        if (path == NO_PATH)
            continue;
        result fd = open_file(path, O_RDONLY);
        result joined = fd < 0 ? fd : call(__NR_setns, fd, flags[kind], 0, 0);
        if (joined < 0)
            fail(options, "join namespace", path, joined);
        call(__NR_close, fd, 0, 0, 0);
    }
}

/* Below zero this needs CAP_SYS_RESOURCE; without it the process keeps what it has inherited. */
static void adjust_oom_score(const struct options *options)
{
    if (options->oom_score_adj == NO_PATH)
        return;
    result fd = open_file("/proc/self/oom_score_adj", O_WRONLY);
    if (fd >= 0) {
        write_text(fd, options->oom_score_adj);
        call(__NR_close, fd, 0, 0, 0);
    }
}

/* Its own mount namespace with an empty read-only root, so that nothing of the host is kept busy or can be reached through /proc/1/root. */
static result enter_empty_root(void)
{
    result done = call(__NR_unshare, CLONE_NEWNS, 0, 0, 0);
    if (done == 0)
        done = call6(__NR_mount, 0, (word) "/", 0, MS_REC | MS_PRIVATE, 0, 0);
    if (done == 0)
        done = call6(__NR_mount, (word) "tmpfs", (word) "/proc", (word) "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                     (word) "size=4k,nr_inodes=2,mode=555", 0);
    if (done == 0)
        done = call(__NR_chdir, "/proc", 0, 0, 0);
    if (done != 0)
        return done;
    if (call(__NR_pivot_root, ".", ".", 0, 0) == 0)
        done = call(__NR_umount2, ".", MNT_DETACH, 0, 0);
    else if (call6(__NR_mount, (word) ".", (word) "/", 0, MS_MOVE, 0, 0) == 0) /* the root of an initramfs can't be pivoted */
        done = call(__NR_chroot, ".", 0, 0, 0);
    if (done == 0)
        done = call(__NR_chdir, "/", 0, 0, 0);
    if (done == 0)
        done = call6(__NR_mount, 0, (word) "/", 0, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0, 0);
    return done;
}

static result become(word id)
{
    result done = call(__NR_setresgid, id, id, id, 0);
    return done == 0 ? call(__NR_setresuid, id, id, id, 0) : done;
}

static result drop_privileges(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    for (int capability = 0; call(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0) == 0; capability++)
        ;
    result done = call(__NR_setgroups, 0, 0, 0, 0);
    if (done == 0)
        done = become(NOBODY);
    if (done == -EINVAL) /* a user namespace that does not map the id; its root is nobody outside */
        done = become(0);
    if (done == 0)
        done = call(__NR_capset, &header, none, 0, 0);
    if (done == 0)
        done = call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0);
    return done;
}

/* Signals are blocked and fetched: a blocked one reaches even the init of a PID namespace, which has no default actions. */
static __attribute__((noreturn)) void pause_forever(void)
{
    const word wanted = 1UL << (SIGTERM - 1) | 1UL << (SIGINT - 1) | 1UL << (SIGCHLD - 1);
    for (;;) {
        result signal = call(__NR_rt_sigtimedwait, &wanted, 0, 0, sizeof wanted);
        if (signal == SIGTERM || signal == SIGINT)
            leave(0);
        while (call(__NR_wait4, -1, 0, WNOHANG, 0) > 0)
            ;
    }
}

/* The containers of the pod see this process: its command line says what it is, and nothing of the host's paths. */
static void hide_arguments(int count, char **arguments)
{
    static const char shown[] = "pause";
    char *end = arguments[count - 1] + length(arguments[count - 1]);
    word at = 0;
    for (char *byte = arguments[0]; byte < end; byte++, at++)
        *byte = at < sizeof shown ? shown[at] : '\0';
}

static __attribute__((noreturn)) void stay(int ready, int count, char **arguments)
{
    const word all = ~(word)0;
    call(__NR_setsid, 0, 0, 0, 0);
    call(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, sizeof all);
    hide_arguments(count, arguments);
    result done = enter_empty_root();
    if (done == 0)
        done = drop_privileges();
    call(__NR_write, ready, &done, sizeof done, 0);
    if (done != 0)
        leave(1);
    call(__NR_close_range, 0, ~0U, 0, 0);
    pause_forever();
}

static void write_pid_file(const struct options *options, result pid)
{
    static const char suffix[] = ".new";
    char digits[24], path[4096];
    word count = length(options->pid_file);
    if (count + sizeof suffix > sizeof path)
        fail(options, "write pid file", options->pid_file, -ENAMETOOLONG);
    for (word i = 0; i < count; i++)
        path[i] = options->pid_file[i];
    for (word i = 0; i < sizeof suffix; i++)
        path[count + i] = suffix[i];
    result fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd >= 0) {
        write_text(fd, format((word)pid, digits));
        fd = call6(__NR_renameat2, (word)AT_FDCWD, (word)path, (word)AT_FDCWD, (word)options->pid_file, 0, 0);
    }
    if (fd < 0) {
        call(__NR_kill, pid, SIGKILL, 0, 0);
        fail(options, "write pid file", options->pid_file, fd);
    }
}

static int parse_flags(const char *text)
{
    int flags = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        flags = flags * 10 + (*text - '0');
    return flags;
}

/* The namespaces inside are made as the root of the user namespace, so that they, and file systems of theirs, belong to it. */
static __attribute__((noreturn)) void keep_new_namespaces(int flags)
{
    char go;
    result done = call(__NR_unshare, CLONE_NEWUSER, 0, 0, 0);
    call(__NR_write, 1, &done, sizeof done, 0);
    if (done != 0 || call(__NR_read, 0, &go, 1, 0) != 1)
        leave(1);
    done = call(__NR_setgroups, 0, 0, 0, 0);
    if (done == 0)
        done = become(0);
    if (done == 0)
        done = call(__NR_unshare, flags, 0, 0, 0);
    call(__NR_write, 1, &done, sizeof done, 0);
    call(__NR_read, 0, &go, 1, 0);
    leave(0);
}

static __attribute__((noreturn, used)) void start(word *stack)
{
    struct options options = {0};
    int ready[2];
    result outcome = -EPIPE;
    int count = (int)stack[0];
    char **arguments = (char **)(stack + 1);
    if (!parse(count, arguments, &options))
        fail(&options, "parse arguments", "see pause.c", -EINVAL);
    if (options.new_namespaces != NO_PATH)
        keep_new_namespaces(parse_flags(options.new_namespaces));
    join_cgroups(&options);
    adjust_oom_score(&options);
    join_namespaces(&options);
    result done = call(__NR_pipe2, ready, O_CLOEXEC, 0, 0);
    if (done == 0)
        done = call(__NR_unshare, CLONE_NEWPID, 0, 0, 0);
    result pid = done < 0 ? done : call6(__NR_clone, SIGCHLD, 0, 0, 0, 0, 0);
    if (pid < 0)
        fail(&options, "make a PID namespace for", options.pid_file, pid);
    if (pid == 0)
        stay(ready[1], count, arguments);
    call(__NR_close, ready[1], 0, 0, 0);
    call(__NR_read, ready[0], &outcome, sizeof outcome, 0);
    if (outcome != 0)
        fail(&options, "confine the process for", options.pid_file, outcome);
    write_pid_file(&options, pid);
    leave(0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tb start\n");
#endif
